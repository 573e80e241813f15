"""No location is meant for the socket: the page of a single-page application answers instead, or what another protocol serves.

Seen as: `Unexpected response code: 200`; the body is the application's index.html. Behind `uwsgi_pass`, `fastcgi_pass` and
the like the application's 404 or 400, or 502 where it is no server of that protocol.
Told apart: by 200 with text/html at the handshake, and by the route ending in files, or in a protocol whose servers take no
WebSocket.
Changed: a location for the socket is added before `location /`, proxying to the site's backend; nothing else.
Source: ngx_http_core_module, try_files; nginx.org, "WebSocket proxying"; ngx_http_uwsgi_module, ngx_http_fastcgi_module.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.drivers.nginx.tree import Node
from wsfix.faults.fault import Fault
from wsfix.faults.placing import new_location
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind

OTHER_PROTOCOLS = ("uwsgi_pass", "fastcgi_pass", "scgi_pass", "grpc_pass", "memcached_pass")
FAULT = Fault(
    "WS411",
    "nginx-location-missing-spa",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("nginx-site-not-enabled", "nginx-wrong-vhost", "nginx-location-regex-steals"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the URL ends in files, or, without a way in, where HTML answers with 200."""
    walk = seen.observation.outside
    page = walk is not None and walk.status == 200 and _is_html(walk)  # noqa: PLR2004
    if seen.observation.inside is None:
        if page and walk is not None:
            yield FAULT.finding(_MESSAGE, answer(walk), severity=seen.severity, safety=Safety.ADVICE, advice=_ADVICE)
        return
    route = seen.route
    other = _other_protocol(seen)
    if not route.named or (route.kind is not RouteKind.FILES and other is None):
        return
    evidence = [seen.at(other.position if other else route.position)]
    if walk is not None and not walk.sound:
        evidence.append(answer(walk))
    safety = Safety.SAFE if seen.site.backend else Safety.ADVICE
    message = _OTHERWISE.format(other.name) if other else _MESSAGE
    yield FAULT.finding(message, *evidence, severity=seen.severity_at_proxy, safety=safety, advice=_ADVICE)


def _other_protocol(seen: Seen) -> Node | None:
    """Return the line that hands the request on in a protocol that is not HTTP, where no socket came of it."""
    if seen.route.kind is not RouteKind.OTHER or seen.works_through_proxy:
        return None
    return next(iter(seen.nginx.own(seen.route, *OTHER_PROTOCOLS)), None)


_OTHERWISE = "no location proxies the socket's path; `{}` hands it on in another protocol than HTTP"
_MESSAGE = "no location proxies the socket's path; files answer instead"
_ADVICE = "Name the backend in the inventory (`backend: {port: …}`), and wsfix adds the location."


def _is_html(walk: object) -> bool:
    reply = getattr(getattr(walk, "handshake", None), "reply", None)
    return reply is not None and "html" in (reply.header("content-type") or "")


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Add the location."""
    yield from new_location(seen)
