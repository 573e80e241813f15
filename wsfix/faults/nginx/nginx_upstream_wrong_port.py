"""nginx proxies to a port on which this site's backend does not listen.

Seen as: 502 at once (nothing listens there), or the answers of another application.
Told apart: the backend answers at the port of the inventory, and nginx names another one.
Changed: the port in the `proxy_pass` (or in the upstream's `server` line) that this URL takes.
Source: ngx_http_proxy_module, proxy_pass; ngx_http_upstream_module, server.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS430", "nginx-upstream-wrong-port", Hop.PROXY, Safety.SAFE, explained_by=("nginx-location-regex-steals",)
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route's port is not the backend's."""
    route = seen.proxied
    upstream = route.upstream
    if upstream is None or upstream.port in {0, seen.backend.port} or seen.works_through_proxy:
        return
    there = seen.listeners(upstream.port)
    names = ", ".join(sorted({_name(seen, pid) for listener in there for pid in listener.pids})) or "something"
    evidence = [
        seen.at(upstream.position or route.position),
        Evidence("listeners", f"port {upstream.port}: {names if there else 'nothing listens'}"),
    ]
    if seen.observation.backend is not None:
        evidence.append(answer(seen.observation.backend))
    yield FAULT.finding(
        f"nginx proxies to {upstream.address}, and the backend of this site listens on port {seen.backend.port}",
        *evidence,
        severity=seen.severity_at_proxy,
    )


def _name(seen: Seen, pid: int) -> str:
    process = (seen.inside.processes or {}).get(pid)
    return process.name if process else f"pid {pid}"


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Aim at the backend's port."""
    yield seen.nginx.retarget(seen.route, seen.backend.host, seen.backend.port)
