"""The proxy runs in a container and dials 127.0.0.1, which is the container itself.

Seen as: 502 at once through the proxy; straight at the backend on the host all is well.
Told apart: the site's port is held by a container's forwarder (docker-proxy), and the configuration names a loopback address.
Seen only as far as the host shows it: the port, and a configuration that lies on the host.
Changed: nothing; the container's network is for those who made it. The name to write is shown.
Source: Docker, "Networking overview" (each container has its own loopback); Compose, "Networking" (services by name).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.contained import container
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS506", "backend-docker-localhost", Hop.BACKEND, Safety.ADVICE)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a proxy in a container dials its own loopback address."""
    if seen.works_through_proxy or seen.works:
        return
    inside = container(seen)
    if inside is None:
        return
    upstream = seen.proxied.upstream
    if upstream is None or upstream.host.strip("[]") not in _LOOPBACK:
        return
    yield FAULT.finding(
        f"{seen.site.proxy.word} runs in a container and dials {upstream.address}: the container itself",
        inside,
        seen.at(upstream.position or seen.route.position),
        severity=seen.severity,
        advice="Name the backend's service of the same network (`proxy_pass http://backend:PORT`), or `host.docker.internal` "
        "with `extra_hosts: host.docker.internal:host-gateway`, and let the backend listen on the bridge.",
    )
