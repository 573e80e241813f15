"""The backend listens on loopback only, and the proxy dials another address of the same host.

Seen as: 502 at once (Apache: 503), while the backend answers when asked on the host itself.
Told apart: the address that the proxy dials is one of the host's own, the port has a listener, and that takes only 127.0.0.1 or ::1.
Changed: the proxy dials the backend's loopback address. The backend keeps its own: to bind it to more would expose it. Where the
proxy runs in a container, loopback is another one there; then nothing is changed.
Source: bind(2); ip(7), "loopback"; Docker, "Networking overview".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.backend.contained import container
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.inside import Listener

FAULT = Fault("WS504", "backend-bind-loopback", Hop.BACKEND, Safety.SAFE)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_THE_HOST = frozenset({"host.docker.internal", "host.containers.internal"})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the address dialled is the host's, and only loopback listens."""
    upstream = seen.proxied.upstream
    if upstream is None or not upstream.port or seen.works_through_proxy or seen.works:
        return
    dialled = upstream.host.strip("[]")
    if dialled in _LOOPBACK or dialled.startswith("127."):
        return
    there = seen.listeners(upstream.port)
    if not there or any(listener.public for listener in there):
        return
    own = seen.inside.known("capacity", seen.inside.capacity).addresses
    if dialled not in own and dialled not in _THE_HOST:
        return
    inside = container(seen)
    yield FAULT.finding(
        f"{seen.site.proxy.word} dials {upstream.address}, and the backend listens only on {_addresses(there)}",
        seen.at(upstream.position or seen.route.position),
        Evidence("listeners", f"{_addresses(there)} port {upstream.port}"),
        severity=seen.severity_at_proxy,
        safety=Safety.ADVICE if inside or dialled in _THE_HOST else Safety.SAFE,
        advice=f"Let the backend listen on the bridge's address that the container dials ({upstream.host}), and keep port "
        f"{upstream.port} closed to the outside.",
    )


def _addresses(listeners: tuple[Listener, ...]) -> str:
    return ", ".join(sorted({listener.address for listener in listeners}))


def cure(seen: Seen, finding: Finding) -> Iterator[ProxyConfig]:
    """Dial the address on which the backend listens."""
    upstream = seen.proxied.upstream
    if finding.safety is Safety.SAFE and upstream is not None:
        there = seen.listeners(upstream.port)[0]
        yield seen.config.retarget(seen.route, there.address, upstream.port)
