"""The socket opens, and the application's middleware refuses the client.

Seen as: 101, then `connect_error` with the application's message, such as Unauthorized; the same token may be fine for
the REST API.
Told apart: the transport works and the refusal comes as Socket.IO's own CONNECT_ERROR, not as an HTTP status.
Changed: nothing: `io.use(…)` decides by `socket.handshake.auth`; what it wants is the application's choice.
Source: socket.io, "Middlewares" (sending credentials); the Socket.IO protocol, revision 5, CONNECT_ERROR.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.sio_namespace_invalid import WORDS
from wsfix.faults.application.spoken import spoken
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS630",
    "sio-middleware-auth",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=("auth-token-unavailable", "auth-token-expired", "auth-rest-vs-ws-differs"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the namespace is refused in the application's words."""
    walk, session = spoken(seen)
    if not session.refusal or session.refusal in WORDS:
        return
    probe = seen.site.probe
    gave = bool(seen.site.socketio.auth or probe.token or probe.login)
    yield FAULT.finding(
        f"the application refuses the client at the namespace {session.namespace}: {session.refusal}",
        answer(walk),
        severity=seen.severity,
        advice=_GAVE if gave else _GAVE_NONE,
    )


_GAVE = (
    "The middleware (`io.use`) does not take what the inventory names. Compare the key that it reads "
    "(`socket.handshake.auth.token`, `.query`, a header) and the secret that it verifies with."
)
_GAVE_NONE = (
    "No credential is named in the inventory. Name what the clients give as `socketio.auth`, each value by the name of "
    'its variable or file, or as `probe.token` with `place: "auth"`.'
)
