"""No location is meant for the socket: the page of a single-page application answers instead.

Seen as: `Unexpected response code: 200`; the body is the application's index.html.
Told apart: by 200 with text/html at the handshake, and by the route ending in files.
Changed: a location for the socket is added before `location /`, proxying to the site's backend; nothing else.
Source: ngx_http_core_module, try_files; nginx.org, "WebSocket proxying".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.placing import new_location
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind

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
    if route.kind is not RouteKind.FILES or not route.named:
        return
    evidence = [seen.at(route.position)]
    if walk is not None and not walk.sound:
        evidence.append(answer(walk))
    safety = Safety.SAFE if seen.site.backend else Safety.ADVICE
    yield FAULT.finding(_MESSAGE, *evidence, severity=seen.severity_at_proxy, safety=safety, advice=_ADVICE)


_MESSAGE = "no location proxies the socket's path; files answer instead"
_ADVICE = "Name the backend in the inventory (`backend: {port: …}`), and wsfix adds the location."


def _is_html(walk: object) -> bool:
    reply = getattr(getattr(walk, "handshake", None), "reply", None)
    return reply is not None and "html" in (reply.header("content-type") or "")


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Add the location."""
    yield from new_location(seen)
