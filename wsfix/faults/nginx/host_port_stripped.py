"""The backend is told the public name without its port, and so refuses the page's Origin.

Seen as: 403 (Channels does not mind; tornado, Go, Rails and others do) on a port other than 443 and 80, and nowhere else.
Told apart: Host is handed on but for the port: `$host` drops it. Straight at the backend, with name and port, the socket is
taken.
Changed: `proxy_set_header Host $http_host;` in the location, which is what the client sent.
Source: ngx_http_core_module, $host ("without port"); RFC 9110 section 7.2; RFC 6454 section 5 (the port belongs to the
origin).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.refusing import host_sent, only_through_nginx
from wsfix.faults.proxying import REFUSALS
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS426",
    "host-port-stripped",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("nginx-location-regex-steals", "nginx-duplicate-proxy-set-header", "nginx-handshake-altered"),
    covers=("edge-alt-port-host",),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where only the port is wrong in the Host that the backend is sent."""
    route, site, sent = seen.proxied, seen.site, host_sent(seen)
    if sent is None or sent[0] != site.host or sent[1] == site.port:
        return
    walk = only_through_nginx(seen, REFUSALS)
    header = route.header("Host")
    if walk is None or header is None:
        return
    yield FAULT.finding(
        f"the backend is sent Host {route.host_sent}, not with the port {site.port}, and refuses the page's Origin",
        seen.at(header.position),
        Evidence("Origin", site.page_origins[0]),
        answer(walk),
        answer(seen.at_backend),
        severity=Severity.ERROR,
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Hand the name on with its port."""
    yield seen.nginx.set_header(seen.route, "Host", "$http_host")
