"""The Socket.IO server does not offer a transport that its clients use.

Seen as: 400 `{"code":0,"message":"Transport unknown"}`; the other transport works.
Told apart: by Engine.IO's own number 0, which Python says only to a plain GET (its answer to the socket is a bare 403);
a proxy that takes the upgrade away gives number 3.
Changed: nothing: the server's `transports` option and the clients' must have one in common, and a client that begins by
polling needs it.
Source: socket.io, "Server options" and "Client options" (transports).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import spoken, told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Session

FAULT = Fault("WS625", "sio-transports-disabled", Hop.APPLICATION, Safety.ADVICE)
UNKNOWN_TRANSPORT = 0


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where one transport is refused by number and the other answers."""
    walk, session = spoken(seen)
    missing, there = _missing(session)
    if not missing:
        return
    evidence = [answer(walk)] if missing == "websocket" else [Evidence("websocket", "the session was opened")]
    if session.polling is not None:
        evidence.append(told(session.polling))
    yield FAULT.finding(
        f"the Socket.IO server has the transport {missing} switched off, and the clients use it",
        *evidence,
        severity=seen.severity,
        advice=(
            'Set `transports: ["polling", "websocket"]` in the options of the server, or only '
            f'`transports: ["{there}"]` in the clients and under `socketio` in the inventory.'
        ),
    )


def _missing(session: Session) -> tuple[str, str]:
    polling = session.polling
    if session.code == UNKNOWN_TRANSPORT and polling is not None and polling.engine is not None:
        return "websocket", "polling"
    if session.opened and polling is not None and polling.code == UNKNOWN_TRANSPORT:
        return "polling", "websocket"
    return "", ""
