"""The proxy does not hand the upgrade on to the backend.

Seen as: 404 with the backend's own words (FastAPI, Django), 400 or 426 from others; Socket.IO silently stays on polling.
Told apart: the answer is the same as to a plain GET, and straight at the backend the handshake succeeds. Where the
lines exist but the location cancels them it is nginx-headers-not-inherited; where a value is wrong,
nginx-connection-value-wrong.
Changed: where the winning location is the socket's own, HTTP/1.1, Upgrade and Connection are added to it. Where it is a
broad one, such as `/`, a location for the socket is added before it, which asks of a client what the broad one asks (allow,
auth_basic, auth_request, limits); where an `if` or a program decides that, nothing is changed. A map forwards `websocket` and
nothing else, so that no other protocol can be smuggled through; pages and API calls are sent on as before.
Source: nginx.org, "WebSocket proxying"; ngx_http_proxy_module, proxy_set_header; RFC 9110 section 7.8.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.placing import forwarded
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS420",
    "nginx-upgrade-headers-missing",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("nginx-location-regex-steals", "nginx-wrong-vhost", "nginx-site-not-enabled", "nginx-map-undefined"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route proxies and sets no Upgrade or no Connection at all."""
    route = seen.proxied
    if route.forwards_upgrade or not route.named or any(h.name.lower() in _BOTH for h in route.headers_cancelled):
        return
    if route.upgrade_value is not None and route.connection_value is not None:
        return
    evidence = [seen.at(route.position), Evidence(str(route.position), route.why_not)]
    through = seen.observation.proxy or seen.observation.outside
    if through is not None and not through.sound:
        evidence.append(answer(through))
        if through.same_as_plain:
            evidence.append(Evidence("identity test", "a plain GET is answered with the same bytes: nobody upgraded"))
    if seen.observation.backend is not None:
        evidence.append(answer(seen.observation.backend))
    yield FAULT.finding(
        f"`{route.match or 'server'}` does not hand the upgrade on to {_upstream(seen)}",
        *evidence,
        severity=seen.severity_at_proxy,
    )


_BOTH = frozenset({"upgrade", "connection"})


def _upstream(seen: Seen) -> str:
    upstream = seen.route.upstream
    return upstream.address if upstream else "the backend"


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Complete the socket's own location, or add one before a broad one."""
    yield from forwarded(seen)
