"""The socket's route depends on HTTPBearer, which wants a header that no page can send with a WebSocket.

Seen as: 401 `{"detail":"Not authenticated"}` at the handshake; 500 in older releases of FastAPI; tools that set the
header get 101.
Told apart: by these words and `WWW-Authenticate: Bearer` in the answer to an upgrade; or by the traceback in the log.
Changed: nothing: the route must take the token from the query, a cookie or a subprotocol.
Source: fastapi, "Security" (HTTPBearer) and "WebSockets" (Depends); WHATWG WebSockets, the constructor.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import own
from wsfix.faults.backend.serving import log_source, logged
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Walk

FAULT = Fault("WS644", "auth-httpbearer-on-ws", Hop.APPLICATION, Safety.ADVICE)
REFUSED = frozenset({401, 403})
WORDS = b"Not authenticated"
TRACE = "HTTPBearer.__call__() missing 1 required positional argument"
FAILED = 500


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire on FastAPI's own answer to the upgrade, or on its traceback behind a 500."""
    walk = own(seen)
    evidence = [answer(walk)]
    if walk.status == FAILED:
        line = logged(seen, TRACE)
        if line is None:
            return
        evidence.append(Evidence(log_source(seen), line[:200]))
    elif not _asks_for_a_header(walk):
        return
    yield FAULT.finding(
        "the socket's route wants the token in the Authorization header, which no page can send with a WebSocket",
        *evidence,
        severity=seen.severity,
        advice=(
            "Replace `Depends(HTTPBearer())` in the websocket route: read the token from the query "
            "(`token: str = Query()`), a cookie or the subprotocol, and close with 1008 where it is bad."
        ),
    )


def _asks_for_a_header(walk: Walk) -> bool:
    reply = walk.handshake.reply if walk.handshake else None
    return reply is not None and reply.status in REFUSED and WORDS in reply.body
