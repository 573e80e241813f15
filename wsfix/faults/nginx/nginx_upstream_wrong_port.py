"""nginx proxies to a port on which this site's backend does not listen.

Seen as: 502 at once (nothing listens there), or the answers of another application.
Told apart: the backend answers at the port of the inventory, and nginx names another one.
Changed: the port in the `proxy_pass` (or in the upstream's `server` line) that this URL takes.
Source: ngx_http_proxy_module, proxy_pass; ngx_http_upstream_module, server.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.pools import asked, ours, servers_of
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS430", "nginx-upstream-wrong-port", Hop.PROXY, Safety.SAFE, explained_by=("nginx-location-regex-steals",)
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route's port is not the backend's, and no other server of its upstream{} is."""
    _ = seen.proxied
    if ours(seen, tuple(asked(servers_of(seen)))) is None:
        yield from proxying.aims_elsewhere(FAULT, seen)


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Aim at the backend's port."""
    yield from proxying.retargeted(seen)
