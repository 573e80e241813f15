"""One side speaks Socket.IO and the other plain WebSocket.

Seen as: a client of Socket.IO never connects, or a plain one is answered 400 `Transport unknown` or hung up after 1.0 s.
Told apart: by the first message. Engine.IO begins every session with `0{"sid":…}`, and refuses in words of its own.
Changed: nothing. Both sides must speak the same: `socket.io-client` to a Socket.IO server, `new WebSocket` to any other.
Source: the Engine.IO protocol, revision 4, "Handshake"; socket.io, "Troubleshooting connection issues".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import hung_up, own, told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Exchange, Failure, Session

FAULT = Fault("WS620", "sio-client-vs-plain-ws", Hop.APPLICATION, Safety.ADVICE)
FRAMEWORKS = frozenset({"socketio", "python-socketio"})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the server's first words are not of the protocol that the inventory names."""
    if seen.site.protocol == "socketio":
        yield from _plain_server(seen)
    else:
        yield from _plain_client(seen)


def _plain_server(seen: Seen) -> Iterator[Finding]:
    walk = own(seen)
    session, handshake = walk.session, walk.handshake
    if session is None or handshake is None or not handshake.accepted or session.speaks or session.code is not None:
        return
    if not session.first and handshake.failure is not Failure.NO_ECHO:
        return
    first = session.first or "nothing at all"
    evidence = [answer(walk), Evidence("first message", first)]
    if session.polling is not None:
        evidence.append(told(session.polling))
    yield FAULT.finding(
        "a plain WebSocket server takes the socket, and the clients of this site speak Socket.IO",
        *evidence,
        severity=seen.severity,
        advice='Let the clients use `new WebSocket(url)`, and set `protocol: "websocket"` in the inventory.',
    )


def _answers(session: Session | None) -> list[Exchange]:
    """Return where Engine.IO answered when it was asked, since the socket's own answer looked like it."""
    asked = (session.polling, *session.others) if session is not None else ()
    return [each for each in asked if each is not None and each.speaks]


def _plain_client(seen: Seen) -> Iterator[Finding]:
    walk = own(seen)
    named = seen.site.backend is not None and seen.site.backend.framework in FRAMEWORKS
    if walk.session is None and not (named and hung_up(walk)):
        return
    yield FAULT.finding(
        "the server speaks Socket.IO, and the inventory says that clients open a plain WebSocket",
        answer(walk),
        *(told(each) for each in _answers(walk.session)),
        severity=seen.severity,
        advice='Connect with `socket.io-client`, and set `protocol: "socketio"` in the inventory: wsfix then asks as it does.',
    )
