"""The application itself refuses this socket, and nothing tells which of its checks does it.

Seen as: 401 or 403 for the handshake, 1006 in the page; the same from outside, through the proxy and straight at the backend.
Told apart: the answer comes from the backend, so that no proxy, certificate or firewall has a part in it; and neither the
Origin nor the token was shown to be the reason, which have faults of their own. An ASGI server answers 403 for whatever
closes before it accepts, and for a path that has no route.
Changed: nothing; only the application's people know what it checks before it accepts.
Source: the ASGI specification, "Close" of a WebSocket before it is accepted; RFC 6455 section 4.2.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.serving import refusal, who
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS695",
    "application-refuses",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=(
        "backend-wrong-entrypoint",
        "env-value-wrong",
        "env-not-loaded",
        "old-code-running",
        "nginx-host-not-preserved",
        "apache-preservehost-off",
        "proxy-host-not-preserved",
        "host-not-allowed",
        "trusted-host-400",
        "ws-route-missing",
        "ws-route-trailing-slash",
        "asgi-http-only-app",
        "wsgi-not-asgi",
        "gunicorn-sync-worker",
        "origin-not-allowed-channels",
        "origin-not-allowed-sio-py",
        "origin-cors-sio-node",
        "origin-check-generic",
        "origin-check-phoenix",
        "origin-check-actioncable",
        "auth-missing-token",
        "auth-token-expired",
        "auth-token-unavailable",
        "auth-rest-vs-ws-differs",
        "auth-secret-differs-per-process",
        "auth-header-impossible",
        "auth-httpbearer-on-ws",
        "gateway-no-route",
        "sio-middleware-auth",
        "sio-path-mismatch",
        "sio-allowrequest",
    ),
)
REFUSALS = frozenset({401, 403})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend answers so when it is asked directly."""
    if seen.works:
        return
    found = refusal(seen)
    if found is None or found[1].status not in REFUSALS:
        return
    walk, reply = found
    path = seen.backend_path
    yield FAULT.finding(
        f"the application refuses the socket at {path} with {reply.status}; no proxy has a part in it",
        answer(walk),
        *([answer(seen.observation.outside)] if seen.observation.outside is not None else []),
        Evidence(seen.backend.words, who(seen)),
        severity=seen.severity,
        advice=f"See what its handler checks before it accepts (token, user, room, Origin), and whether a route takes {path}. "
        "Where a client needs a token, name it in the inventory's probe, so that wsfix can try it.",
    )
