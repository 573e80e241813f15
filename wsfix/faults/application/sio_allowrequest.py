"""The application's own `allowRequest` refuses the client before Socket.IO begins.

Seen as: polling is answered 403 `{"code":4,…}`, the WebSocket 400 with the function's own message.
Told apart: by Engine.IO's number 4 and by the message, which is the application's and not Engine.IO's.
Changed: nothing: what `allowRequest` demands (an origin, a header, an address) is the application's choice.
Source: socket.io, "Server options" (allowRequest).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import spoken, told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS628", "sio-allowrequest", Hop.APPLICATION, Safety.ADVICE)
FORBIDDEN, STATUS = 4, 403


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where polling is forbidden by number; a foreign origin is another matter, and Python words it so."""
    walk, session = spoken(seen)
    polling = session.polling
    if polling is None or polling.code != FORBIDDEN or polling.reply is None or polling.reply.status != STATUS:
        return
    yield FAULT.finding(
        "the server's allowRequest refuses this client",
        answer(walk),
        told(polling),
        severity=seen.severity,
        advice=(
            "Look at `allowRequest` in the options of the Socket.IO server: it decides by the request's headers. Name "
            "what it demands in the inventory (origins, probe.headers_from_env, probe.token)."
        ),
    )
