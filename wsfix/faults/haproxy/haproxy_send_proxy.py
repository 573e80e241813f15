"""HAProxy puts a line of the PROXY protocol before each connection, and the backend reads it as a broken request.

Seen as: 400 with the backend's own words, or a connection that the backend closes (502 and 503 of HAProxy); the application logs
"Invalid HTTP request received".
Told apart: the `server` line has `send-proxy` or `send-proxy-v2`, and the backend takes a handshake without that line at the very
port when it is asked directly; one that speaks the protocol would not.
Changed: with consent those words leave the `server` line. The backend then learns the client's address from `X-Forwarded-For`
alone (`option forwardfor`).
Source: HAProxy configuration manual, section 5.2, `send-proxy`; the PROXY protocol, section 2 ("the receiver must be configured to
only receive the protocol").
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.haproxy import Config
from wsfix.faults.fault import Fault
from wsfix.faults.proxy.pools import is_here
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS548",
    "haproxy-send-proxy",
    Hop.BACKEND,
    Safety.CONFIRM,
    explained_by=("haproxy-backend-order", "proxy-upstream-wrong-port", "proxy-upstream-https"),
)
_REFUSED = frozenset({400, 502, 503})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the line is sent to a backend that takes a handshake without it."""
    route = seen.proxied
    upstream, walk = route.upstream, seen.through_proxy
    if upstream is None or seen.works_through_proxy or not seen.at_backend.sound:
        return
    if not seen.is_backend(upstream) or not is_here(seen, upstream) or walk.status not in _REFUSED:
        return
    words = seen.haproxy.proxy_lines(route)
    if not words:
        return
    yield FAULT.finding(
        f"HAProxy puts a line of the PROXY protocol before each connection (`{words[0]}`), and the backend does not read it",
        seen.at(upstream.position or route.position),
        answer(walk),
        answer(seen.at_backend),
        severity=seen.severity_at_proxy,
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Send no such line."""
    yield seen.haproxy.without_proxy_lines(seen.route)
