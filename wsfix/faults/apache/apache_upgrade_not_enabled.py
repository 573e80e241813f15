"""The proxy does not hand the upgrade on to the backend.

Seen as: 404 with the backend's own words (FastAPI, Django), 400 or 426 from others; Socket.IO silently stays on polling.
The error log says nothing.
Told apart: the answer is the same as to a plain GET, and straight at the backend the handshake succeeds. Where a better
entry stands in the wrong place it is apache-proxypass-order or apache-location-order.
A line of RequestHeader that takes Upgrade, Sec-WebSocket-Key or Sec-WebSocket-Version away, or writes something else into it,
does the same: without the key the backend says 400.
Changed: that line is taken away. Where the winning entry is the socket's own, `upgrade=websocket` is added to it (from 2.4.47 on; before, its
scheme becomes ws://). Where it is a broad one, such as `/`, a ProxyPass for the socket is added before it; pages and API
calls are sent on as before.
Source: mod_proxy, "Protocol Upgrade"; mod_proxy_wstunnel; RFC 9110 section 7.8.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.apache import Config
from wsfix.faults.apache.apache_rewrite_http_scheme import is_rule
from wsfix.faults.apache.completing import completed
from wsfix.faults.fault import Fault
from wsfix.faults.placing import forwarded
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Link
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import Route

FAULT = Fault(
    "WS478",
    "apache-upgrade-not-enabled",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=(
        "apache-mod-missing",
        "apache-proxypass-order",
        "apache-location-order",
        "apache-shared-worker",
        "apache-requestheader-folklore",
        "apache-wrong-vhost",
        "apache-site-not-enabled",
    ),
    covers=("apache-requestheader-unset",),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route proxies and the upgrade is lost on it."""
    route = seen.proxied
    if route.forwards_upgrade or not route.named or (is_rule(route.match) and not _taken(route)):
        return
    evidence = [seen.at(route.position), Evidence(str(route.position), route.why_not)]
    through = seen.observation.proxy or seen.observation.outside
    if through is not None and not through.sound:
        evidence.append(answer(through))
        if through.same_as_plain:
            evidence.append(Evidence("identity test", "a plain GET is answered with the same bytes: nobody upgraded"))
    if seen.observation.backend is not None:
        evidence.append(answer(seen.observation.backend))
    upstream = route.upstream.address if route.upstream else "the backend"
    yield FAULT.finding(
        f"`{route.match}` does not hand the upgrade on to {upstream}" + (f": {route.why_not}" if _taken(route) else ""),
        *evidence,
        severity=seen.severity_at_proxy,
    )


def _taken(route: Route) -> bool:
    """Whether a line takes a header of the client's away."""
    return route.why_not.startswith("RequestHeader")


def cure(seen: Seen, _finding: Finding) -> Iterator[Config | Link]:
    """Take the line away, complete the socket's own entry, or add one before a broad one."""
    if _taken(seen.route):
        edited = seen.apache.without_taken_header(seen.route)
        seen = seen.with_config(edited)
        if seen.route.forwards_upgrade:
            yield edited
            return
    yield from completed(seen, forwarded(seen), FAULT.code)
