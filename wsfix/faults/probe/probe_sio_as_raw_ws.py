"""The test speaks plain WebSocket to a server that speaks Socket.IO.

Seen as: no answer, and the connection closed after a second (502 through a proxy), or 400 `Transport unknown`: on a healthy
server, since Engine.IO wants its own path and query.
Told apart: a path of Socket.IO without `EIO=4&transport=websocket`. Where only the path is short, such as `/ws`, nothing
tells whether that is a path of Socket.IO, and a note says so.
Changed: nothing on the server; the test asks for `/socket.io/?EIO=4&transport=websocket`, slash included. wsfix speaks
Engine.IO where the inventory says `"protocol": "socketio"`.
Source: the documentation of Socket.IO, "Troubleshooting connection issues"; the Engine.IO protocol, section "Handshake".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.model.command import Command
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.redact import mask_text, printable

FAULT = Fault("WS006", "probe-sio-as-raw-ws", Hop.TEST, Safety.ADVICE, explained_by=("probe-url-cut-by-shell",))


def detect(command: Command) -> Iterator[Finding]:
    """Fire where a handshake goes to Engine.IO without its query; note where it may."""
    if not command.upgrades or command.engine_io:
        return
    asked = f"{command.path.rstrip('/')}/?EIO=4&transport=websocket"
    where = Evidence("the command", printable(mask_text(command.path), 120))
    if command.of_socket_io:
        yield FAULT.finding(
            "this path is Socket.IO's, and the query of Engine.IO is missing: a healthy server refuses it",
            where,
            severity=Severity.ERROR,
            advice=f"Ask for '{asked}', in quotes.",
        )
    elif not command.query and (
        command.path == "/" or (command.named_like_one and command.path.strip("/").count("/") == 0)
    ):
        yield FAULT.finding(
            "should the server speak Socket.IO, it hangs up on this, however healthy it is",
            where,
            severity=Severity.NOTE,
            advice=f"Of Socket.IO ask for '{asked}', in quotes.",
        )
