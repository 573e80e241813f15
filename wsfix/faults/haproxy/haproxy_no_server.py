"""HAProxy has no server for this URL: no rule takes it, or the backend has none in use.

Seen as: 503 at once, "No server is available to handle this request"; `<NOSRV>` and `SC--` in the log. In `mode tcp` a
connection that is closed without an answer.
Told apart: by the rules: no `use_backend` holds for host and path and there is no `default_backend`; or every server of the
backend is `disabled`, in the file or (`MAINT`, `DRAIN` in `show stat`) while it runs; or the frontend is in `mode tcp`, where
conditions about paths and headers never hold. A server that is down by its health check is another fault.
Changed: a `use_backend` for the socket's path and this host is put before the others, with a backend that aims at the site's;
nothing else. Servers that somebody disabled are left so, and so is the mode.
Source: HAProxy configuration manual, sections 4.2 (`use_backend`, `default_backend`, `mode`) and 8.5 (`SC`); management
guide, section 9.3, `set server`.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.haproxy.health import health
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
    covers=(
        "haproxy-503-nosrv",
        "haproxy-no-default-backend",
        "haproxy-server-disabled",
        "haproxy-server-maint",
        "haproxy-mode-tcp",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the rules end in 503, or at nothing at all, or at a server that is out of use."""
    route = seen.route
    if seen.works_through_proxy:
        return
    if route.kind is RouteKind.PROXY:
        yield from _out_of_use(seen)
        return
    unseen = "is in mode tcp" in route.why_not
    if route.kind is not RouteKind.OTHER or not route.why_not:
        return
    if not unseen and (route.status != _UNAVAILABLE or not route.named):
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
        advice=f"Write `mode http` into the section that begins at {route.server}, or into its defaults."
        if unseen
        else f"Put a server in use that reaches {seen.site.name}'s backend: `server NAME 127.0.0.1:PORT check`.",
    )


def _out_of_use(seen: Seen) -> Iterator[Finding]:
    """Fire where somebody took the route's server out of use while HAProxy runs."""
    route = seen.route
    member, section = seen.haproxy.member(route), seen.haproxy.backend(route)
    state = health(seen, section.name, member.name)
    if state is None or not state.status.startswith(("MAINT", "DRAIN")) or seen.through_proxy.status != _UNAVAILABLE:
        return
    name = f"{section.name}/{member.name}"
    yield FAULT.finding(
        f"HAProxy has no server for this URL: {name} was taken out of use while HAProxy runs ({state.status})",
        seen.at(member.node.position),
        Evidence(state.source, f"{name} {state.status}"),
        answer(seen.through_proxy),
        severity=seen.severity_at_proxy,
        safety=Safety.ADVICE,
        advice=f'Put it in use again on the stats socket: `echo "set server {name} state ready" | socat stdio SOCKET`.',
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Add the rule and its backend."""
    yield from new_location(seen)
