"""The application listens, and no Socket.IO server is attached to it.

Seen as: 404 at once, the same for the socket, for polling and for a plain GET; no hang-up after a second.
Told apart: asked directly, the upgrade is answered with the bytes of a plain GET, and Engine.IO at no usual path.
Changed: nothing: `new Server(httpServer, …)` must be given the very server that calls `listen`.
Source: socket.io, "Server initialization".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import elsewhere, lost_in_python, spoken, told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS624",
    "sio-server-not-attached",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=(
        "backend-wrong-entrypoint",
        "backend-crash-loop",
        "origin-check-generic",
        "origin-not-allowed-sio-py",
        "origin-cors-sio-node",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire only on the answer of the backend itself: from outside, a proxy may be what takes the upgrade away."""
    walk, session = spoken(seen)
    if seen.observation.backend is not walk:
        raise NotApplicable
    if session.speaks or elsewhere(session) or not walk.same_as_plain or not session.others:
        return
    if lost_in_python(seen, walk, session):
        return  # it comes with its server there: what differs is the path
    evidence = [answer(walk), Evidence("identity test", "a plain GET is answered with the same bytes: nobody upgraded")]
    yield FAULT.finding(
        "the application answers, and no Socket.IO server is attached to it",
        *evidence,
        *(told(each) for each in session.others[:2]),
        severity=seen.severity,
        advice=(
            "Create the server as `const io = new Server(httpServer, {path: …})` and call `httpServer.listen(…)`, not "
            "`app.listen(…)`: Express makes a server of its own there."
        ),
    )
