"""Apache proxies to a port on which this site's backend does not listen.

Seen as: 503 at once (nothing listens there; nginx would say 502), or the answers of another application.
Told apart: the backend answers at the port of the inventory, and Apache names another one. In the error log AH00957 and
AH01114 name the port.
Changed: the address in the ProxyPass or RewriteRule (or the balancer's member) that this URL takes.
Source: mod_proxy, ProxyPass and BalancerMember.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS480",
    "apache-upstream-wrong-port",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("apache-proxypass-order", "apache-location-order", "apache-wrong-vhost", "apache-site-not-enabled"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route's port is not the backend's."""
    yield from proxying.aims_elsewhere(FAULT, seen)


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Aim at the backend's port."""
    yield from proxying.retargeted(seen)
