"""`proxy_buffering off` in the socket's location: somebody's cure, which does nothing for a WebSocket.

Seen as: the socket fails, and the line stands there; guides call it critical.
Told apart: by the line in the socket's own location while the handshake fails.
Changed: nothing; the line does no harm. After 101 nginx hands bytes on both ways as they come and buffers no answer; the
line matters for server-sent events and for long polling.
Source: ngx_http_proxy_module, proxy_buffering; ngx_http_upstream.c, ngx_http_upstream_upgrade.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.placing import is_own
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS418", "nginx-proxy-buffering", Hop.PROXY, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the line was written for a socket that does not work."""
    if seen.works or not is_own(seen, seen.proxied) or seen.site.protocol == "socketio":
        return
    for node in seen.nginx.own(seen.route, "proxy_buffering")[:1]:
        if node.args == ("off",):
            yield FAULT.finding(
                "`proxy_buffering off` has no effect on a WebSocket: look elsewhere",
                seen.at(node.position),
                severity=Severity.NOTE,
                advice="Leave it or take it away; it neither helps nor harms the socket.",
            )
