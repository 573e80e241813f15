"""The backend is not told the public host, and so refuses the page's Origin.

Seen as: 403 through the proxy, 101 straight at the backend with the public Host (Channels, tornado, Go, Rails).
Told apart: the path and the upgrade are right, and only Host differs between the two. Where only its port does, it is
host-port-stripped.
Changed: `proxy_set_header Host $http_host;` in the location. `$http_host` keeps a port that `$host` drops.
Source: ngx_http_proxy_module, proxy_set_header (Host is $proxy_host by default); RFC 6455 section 10.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.refusing import host_sent
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS424",
    "nginx-host-not-preserved",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=(
        "nginx-location-regex-steals",
        "nginx-deny-allow",
        "nginx-auth-basic",
        "nginx-limit-conn-req",
        "nginx-token-too-long",
        "nginx-auth-request",
        "nginx-duplicate-proxy-set-header",
        "nginx-handshake-altered",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the same request is refused through the proxy and taken directly, and Host is not passed on."""
    sent = host_sent(seen)
    if sent is not None and sent[0] == seen.site.host:
        return
    yield from proxying.host_lost(FAULT, seen, frozenset({"$http_host", "$host"}), "$proxy_host")


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Pass the public host on."""
    yield seen.nginx.set_header(seen.route, "Host", "$http_host")
