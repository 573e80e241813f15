"""The backend listens on one family of addresses, and the proxy dials the other.

Seen as: 502 or 503 at once, although the backend runs and listens on the very port.
Told apart: the port has a listener on a loopback address, or on all of the older family, but none that takes what the proxy
dials. Behind nginx the same is nginx-upstream-localhost-ipv6.
Changed: the address that the proxy dials. The backend keeps its own.
Source: ipv6(7), IPV6_V6ONLY; Apache, mod_proxy, ProxyPass.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.inside import Listener

FAULT = Fault("WS505", "backend-bind-ipv6-only", Hop.BACKEND, Safety.SAFE)
_HERE = {"127.0.0.1": "127.0.0.1", "::1": "::1", "0.0.0.0": "127.0.0.1"}  # noqa: S104
"""Where a listener is → where this host reaches it."""
_DIALLED = {"127.0.0.1": ("127.0.0.1",), "::1": ("::1",), "localhost": ("127.0.0.1", "::1")}


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the port listens on loopback, and on no address that the proxy dials."""
    if seen.site.proxy.kind == "nginx" or seen.works_through_proxy or seen.works:
        return
    upstream = seen.proxied.upstream
    dialled = _DIALLED.get(upstream.host.strip("[]")) if upstream else None
    if upstream is None or dialled is None:
        return
    there = seen.listeners(upstream.port)
    if not _loopback(there) or any(listener.takes(address) for listener in there for address in dialled):
        return
    yield FAULT.finding(
        f"{seen.site.proxy.word} dials {upstream.address}, and port {upstream.port} listens only on {_loopback(there)[0].address}",
        seen.at(upstream.position or seen.route.position),
        Evidence("listeners", f"{', '.join(sorted({one.address for one in there}))} port {upstream.port}"),
        severity=seen.severity_at_proxy,
    )


def _loopback(listeners: tuple[Listener, ...]) -> list[Listener]:
    return [listener for listener in listeners if listener.address in _HERE]


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Dial the address on which the backend listens."""
    upstream = seen.proxied.upstream
    if upstream is not None:
        there = _loopback(seen.listeners(upstream.port))[0]
        yield seen.config.retarget(seen.route, _HERE[there.address], upstream.port)
