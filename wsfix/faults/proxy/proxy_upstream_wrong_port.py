"""The proxy hands the socket to a port on which this site's backend does not listen.

Seen as: 502 at once (Caddy), 503 (HAProxy), or the answers of another application.
Told apart: the backend answers at the port of the inventory, and the entry of the socket names another one. Where an entry
for everything hands the path to another program that listens it is proxy-websocket-location-missing; where one of several
addresses is the backend's, and another is dead, proxy-upstream-member-dead.
Changed: the address in that entry.
Source: caddyserver.com/docs/caddyfile/directives/reverse_proxy (upstream addresses); HAProxy Configuration Manual, server.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults import proxying
from wsfix.faults.caddy.stars import too_narrow
from wsfix.faults.fault import Fault
from wsfix.faults.proxy.pools import ours
from wsfix.faults.proxy.taking import goes_elsewhere
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS481",
    "proxy-upstream-wrong-port",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=(
        "haproxy-backend-order",
        "proxy-site-missing",
        "proxy-websocket-location-missing",
        "caddy-path-matcher-exact",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route's port is not the backend's, nor that of another address of its pool."""
    if not seen.proxied.named or goes_elsewhere(seen) or ours(seen, seen.route):
        return
    if not too_narrow(seen):
        yield from proxying.aims_elsewhere(FAULT, seen)


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Aim at the backend's port."""
    yield from proxying.retargeted(seen)
