"""Clients and server of Socket.IO speak different revisions of Engine.IO.

Seen as: 101 and at once the end; polling is answered 400 `Unsupported protocol version`; or a connection that never
becomes `connect`.
Told apart: a polling request in the other revision gets an open packet, or the server words its own in the old way.
Changed: nothing: `allowEIO3: true` lets old clients in where the server is Socket.IO 3 or 4.
Source: socket.io, "Client compatibility"; "Server options" (allowEIO3).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import spoken, told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Session

FAULT = Fault("WS623", "sio-eio-version", Hop.APPLICATION, Safety.ADVICE)
UNSUPPORTED = 5
OLD = 3


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the server says so, or speaks the other revision itself."""
    walk, session = spoken(seen)
    if not _differs(session):
        return
    evidence = [answer(walk), *(told(each) for each in (session.polling, *session.others) if each is not None)]
    yield FAULT.finding(
        f"the clients speak Engine.IO {session.engine}, and the server does not",
        *evidence,
        severity=seen.severity,
        advice=_ADVICE_OLD if session.engine == OLD else _ADVICE_NEW,
    )


def _differs(session: Session) -> bool:
    polling = session.polling
    by_polling = polling is not None and (polling.code == UNSUPPORTED or polling.engine not in {None, session.engine})
    return session.outdated or session.code == UNSUPPORTED or by_polling


_ADVICE_OLD = (
    "Upgrade the clients to socket.io-client 4, or set `allowEIO3: true` in the options of the Socket.IO server."
)
_ADVICE_NEW = "Upgrade the server to Socket.IO 4, or let the clients use socket.io-client 2 (`socketio: {engine: 3}` in the inventory)."
