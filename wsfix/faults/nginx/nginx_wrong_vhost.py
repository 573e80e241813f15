"""No server block has the site's name, so another one answers.

Seen as: 404, another site's page, or another site's certificate.
Told apart: by no loaded server naming the host, and no file waiting in sites-available.
Changed: the name is added to the one server block that already proxies to this site's backend; where none or several
do, that is for a person to decide and only advised.
Source: ngx_http_core_module, server_name; nginx.org, "How nginx processes a request".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import Position, RouteKind

FAULT = Fault("WS405", "nginx-wrong-vhost", Hop.PROXY, Safety.SAFE, explained_by=("nginx-site-not-enabled",))


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the default server answers for a name that nobody has."""
    route = seen.route
    if route.named or seen.proxy.master is None:
        return
    if route.kind is RouteKind.NONE:
        message = f"no server of nginx listens for {seen.site.host} on port {seen.site.port}"
    else:
        message = f"no server block is named {seen.site.host}; the default server answers instead"
    candidates = _candidates(seen)
    yield FAULT.finding(
        message,
        Evidence(str(route.server), f"server_name {' '.join(route.server_names) or '(none)'}"),
        severity=seen.severity,
        safety=Safety.SAFE if len(candidates) == 1 else Safety.ADVICE,
        advice=f"Add `server_name {seen.site.host};` to the server block of this site.",
        subject=str(candidates[0]) if len(candidates) == 1 else "",
    )


def _candidates(seen: Seen) -> list[Position]:
    """Return the TLS or plain servers, as the URL asks, that proxy to the site's backend."""
    if seen.site.backend is None:
        return []
    port = seen.site.backend.port
    return seen.nginx.servers_that_proxy_to(port, listen=seen.site.port)


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Add the name."""
    for server in _candidates(seen)[:1]:
        yield seen.nginx.add_server_name(server, seen.site.host)
