"""The namespace that the clients enter does not exist on the server.

Seen as: `connect_error: Invalid namespace`; the transport itself works.
Told apart: the socket is open and Socket.IO refuses the namespace in these words.
Changed: nothing: `io.of("/name")` makes a namespace; a path and a namespace are different things.
Source: socket.io, "Namespaces"; the Socket.IO protocol, revision 5, CONNECT_ERROR.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import spoken
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS629", "sio-namespace-invalid", Hop.APPLICATION, Safety.ADVICE)
WORDS = frozenset({"Invalid namespace", "Unable to connect"})
"""Of Node's server and of Python's."""


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire on the server's own words."""
    walk, session = spoken(seen)
    if session.refusal not in WORDS:
        return
    yield FAULT.finding(
        f"the server has no namespace {session.namespace}",
        answer(walk),
        severity=seen.severity,
        advice=(
            f'Make it with `io.of("{session.namespace}")` on the server, or name the one that the clients use: '
            "`socketio: {namespace: …}`. The path of the URL is not the namespace."
        ),
    )
