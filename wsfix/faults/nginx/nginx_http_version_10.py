"""nginx speaks HTTP/1.0 to a backend that takes no upgrade in it.

Seen as: 505 (the websockets library), 400 (hypercorn), 101 and at once the end (tornado). uvicorn, Daphne and node do not
mind, and then this is no fault.
Told apart: the headers are right, the handshake straight at the backend succeeds, and only the version differs.
Changed: `proxy_http_version 1.1;` in the location.
Source: ngx_http_proxy_module, proxy_http_version (1.0 is the default before 1.29.7); RFC 6455 section 4.1, item 2.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.errors import NotObserved
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS423",
    "nginx-http-version-10",
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
    """Fire where only the version can be what the backend refuses."""
    route = seen.proxied
    if seen.works_through_proxy or not route.forwards_upgrade or route.http_version != "1.0" or not seen.backend_works:
        return
    through = seen.through_proxy
    if through.status in {403, 502, 504} or route.backend_path not in {None, seen.site.backend_path}:
        return
    if not seen.proxy.version:
        raise NotObserved("the version of nginx", "it decides which version of HTTP is spoken where no line says so")
    yield FAULT.finding(
        "nginx speaks HTTP/1.0 to the backend, which takes no upgrade in it",
        seen.at(route.position),
        Evidence(str(route.position), "proxy_http_version is 1.0"),
        answer(through),
        answer(seen.at_backend),
        severity=Severity.ERROR,
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Set the version in the location."""
    yield seen.nginx.set_directive(seen.route.position, "proxy_http_version", "1.1")
