"""The backend is not told the public host, and so refuses the page's Origin.

Seen as: 403 through the proxy, 101 straight at the backend with the public Host (Channels, tornado, Go, Rails).
Told apart: the path and the upgrade are right, and only Host differs between the two.
Changed: `ProxyPreserveHost On` in the virtual host.
Source: mod_proxy, ProxyPreserveHost (Off by default: the backend is sent its own address); RFC 6455 section 10.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.apache import Config
from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS486",
    "apache-preservehost-off",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("apache-proxypass-order", "apache-location-order", "apache-wrong-vhost"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the same request is refused through the proxy and taken directly, and Host is not passed on."""
    yield from proxying.host_lost(FAULT, seen, frozenset({seen.site.host}), "the backend's own address")


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Pass the public host on."""
    yield seen.apache.set_directive(seen.route.server, "ProxyPreserveHost", "On")
