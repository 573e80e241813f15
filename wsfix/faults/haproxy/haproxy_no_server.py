"""HAProxy has no server for this URL: no rule takes it, or the backend has none in use.

Seen as: 503 at once, "No server is available to handle this request"; `<NOSRV>` and `SC--` in the log.
Told apart: by the rules: no `use_backend` holds for host and path and there is no `default_backend`; or every server of the
backend is `disabled`. A server that is down by its health check is another fault.
Changed: a `use_backend` for the socket's path and this host is put before the others, with a backend that aims at the site's;
nothing else. Servers that somebody disabled are left so.
Source: HAProxy configuration manual, sections 4.2 (`use_backend`, `default_backend`) and 8.5 (`SC`).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.placing import new_location
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind

_UNAVAILABLE = 503
FAULT = Fault(
    "WS448",
    "haproxy-no-server",
    Hop.PROXY,
    Safety.SAFE,
    covers=("haproxy-503-nosrv", "haproxy-no-default-backend", "haproxy-server-disabled"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the rules end in 503."""
    route = seen.route
    if route.kind is not RouteKind.OTHER or route.status != _UNAVAILABLE or not route.named or not route.why_not:
        return
    if seen.works_through_proxy:
        return
    evidence = [seen.at(route.position), Evidence(str(route.position), route.why_not)]
    if seen.observation.outside is not None:
        evidence.append(answer(seen.observation.outside))
    ruleless = "no use_backend" in route.why_not
    yield FAULT.finding(
        f"HAProxy has no server for this URL: {route.why_not}",
        *evidence,
        severity=seen.severity_at_proxy,
        safety=Safety.SAFE if ruleless and seen.site.backend else Safety.ADVICE,
        advice=f"Put a server in use that reaches {seen.site.name}'s backend: `server NAME 127.0.0.1:PORT check`.",
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Add the rule and its backend."""
    yield from new_location(seen)
