"""The backend is not told the public host, and so refuses the page's Origin.

Seen as: 403 through the proxy, 101 straight at the backend with the public Host (Channels, tornado, Go, Rails).
Told apart: the path and the upgrade are right, and only Host differs between the two.
Changed: `proxy_set_header Host $http_host;` in the location. `$http_host` keeps a port that `$host` drops.
Source: ngx_http_proxy_module, proxy_set_header (Host is $proxy_host by default); RFC 6455 section 10.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS424", "nginx-host-not-preserved", Hop.PROXY, Safety.SAFE, explained_by=("nginx-location-regex-steals",)
)
REFUSALS = frozenset({400, 401, 403, 404})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the same request is refused through the proxy and taken directly, and Host is not passed on."""
    route = seen.proxied
    if seen.works_through_proxy or not route.forwards_upgrade or not seen.backend_works:
        return
    keeps = route.host_value == "$http_host" or (route.host_value == "$host" and _default_port(seen))
    if keeps or seen.through_proxy.status not in REFUSALS or route.backend_path not in {None, seen.site.backend_path}:
        return
    header = route.header("Host")
    yield FAULT.finding(
        f"the backend is sent Host {route.host_value or '$proxy_host'} instead of {seen.site.host}, and refuses the page's Origin",
        seen.at(header.position if header else route.position),
        Evidence(str(route.position), f"Host is {route.host_value or '$proxy_host, the default'}"),
        answer(seen.through_proxy),
        answer(seen.at_backend),
        severity=Severity.ERROR,
    )


def _default_port(seen: Seen) -> bool:
    return seen.site.port == (443 if seen.site.tls else 80)


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Pass the public host on."""
    yield seen.nginx.set_header(seen.route, "Host", "$http_host")
