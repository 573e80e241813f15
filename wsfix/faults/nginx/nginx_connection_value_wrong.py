"""Upgrade and Connection are set, but with values that no backend takes for an upgrade.

Seen as: as nginx-upgrade-headers-missing. Typical: `Connection ""` or `close` from a keepalive recipe,
`Connection $http_upgrade`, `Upgrade $connection_upgrade`, or a map that gives something else.
Told apart: both lines exist in the location.
Changed: the two values; nothing else.
Source: RFC 6455 section 4.2.1; nginx.org, "WebSocket proxying".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS422",
    "nginx-connection-value-wrong",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("nginx-map-undefined", "nginx-location-regex-steals", "nginx-duplicate-proxy-set-header"),
    covers=("nginx-upstream-keepalive-conn-empty",),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where both headers are in force and do not make an upgrade."""
    route = seen.proxied
    if route.forwards_upgrade or route.upgrade_value is None or route.connection_value is None:
        return
    lines = [header for name in ("Upgrade", "Connection") if (header := route.header(name)) is not None]
    yield FAULT.finding(
        f"the upgrade is not handed on: {route.why_not}",
        *(seen.at(header.position) for header in lines),
        Evidence(str(route.position), route.match or "server"),
        severity=seen.severity_at_proxy,
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Correct the values."""
    yield seen.nginx.forward_upgrade(seen.route)
