"""Something else in the Node process takes the upgrade before Socket.IO sees it.

Seen as: the clients stay on polling; in the browser the WebSocket ends in 400 or 1006 at once, or in "Invalid frame header".
Told apart: straight at the backend Engine.IO answers polling at the path, and the upgrade at the same path is closed at once or
answered 400 in other words than Engine.IO's. A path that Engine.IO does not know ends after a second and has no polling either.
Changed: nothing: the code that attaches both is its people's. What to look for is shown.
Source: the ws package, "Multiple servers sharing a single HTTP/S server"; socket.io, "Server options" (destroyUpgrade).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import hung_up, spoken, told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure, Place, Session, Walk

FAULT = Fault(
    "WS637",
    "sio-upgrade-taken",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=("sio-transports-disabled", "sio-allowrequest", "gunicorn-sync-worker", "wsgi-not-asgi"),
)
BAD_REQUEST = 400


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend itself answers polling, and somebody who is not Engine.IO answers the upgrade."""
    walk, session = spoken(seen)
    if walk.place is not Place.BACKEND or session.polling is None:
        raise NotApplicable
    if session.polling.engine is None or session.polling.failure is not None or not _taken(walk, session):
        return
    yield FAULT.finding(
        "something else in the process answers the upgrade to a WebSocket, and not Socket.IO, which answers polling there",
        answer(walk),
        told(session.polling),
        severity=seen.severity,
        advice="Look in the application for a second WebSocket server, or a listener of `upgrade`, on the same HTTP server: a "
        "`ws` server with the option `server` ends every upgrade that is not for its path. Give it `noServer: true`, and hand "
        "the upgrades on by path.",
    )


def _taken(walk: Walk, session: Session) -> bool:
    if walk.handshake is None or session.opened or session.code is not None or hung_up(walk):
        return False
    return walk.status == BAD_REQUEST or (
        walk.status is None and walk.handshake.failure in {Failure.CLOSED, Failure.RESET, Failure.EARLY_CLOSE}
    )
