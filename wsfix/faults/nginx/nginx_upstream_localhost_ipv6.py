"""nginx and the backend mean different loopback addresses: 127.0.0.1 here, ::1 there.

Seen as: 502 at once, although the backend runs and listens on the very port.
Told apart: the port has a listener, but only in the other address family.
Changed: the address in the `proxy_pass` that this URL takes. The backend keeps its own.
Source: ngx_http_proxy_module, proxy_pass; RFC 4291 section 2.5.3.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.inside import Listener

FAULT = Fault(
    "WS431", "nginx-upstream-localhost-ipv6", Hop.PROXY, Safety.SAFE, explained_by=("nginx-location-regex-steals",)
)
LOOPBACK = {"127.0.0.1": ("127.0.0.1",), "::1": ("::1",), "localhost": ("127.0.0.1", "::1")}


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the port listens on the host, and on no address that nginx dials."""
    upstream = seen.proxied.upstream
    if upstream is None or upstream.host.strip("[]") not in LOOPBACK or seen.works_through_proxy:
        return
    there = seen.listeners(upstream.port)
    dialled = LOOPBACK[upstream.host.strip("[]")]
    if not there or any(listener.takes(address) for listener in there for address in dialled):
        return
    yield FAULT.finding(
        f"nginx dials {upstream.address}, and port {upstream.port} listens only on {_addresses(there)}",
        seen.at(upstream.position or seen.route.position),
        Evidence("listeners", f"{_addresses(there)} port {upstream.port}"),
        severity=seen.severity_at_proxy,
    )


def _addresses(listeners: tuple[Listener, ...]) -> str:
    return ", ".join(sorted({listener.address for listener in listeners}))


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Dial the address on which the backend listens."""
    upstream = seen.proxied.upstream
    if upstream is None:
        return
    loopback = [listener for listener in seen.listeners(upstream.port) if listener.address in {"127.0.0.1", "::1"}]
    if loopback:
        yield seen.nginx.retarget(seen.route, loopback[0].address, upstream.port)
