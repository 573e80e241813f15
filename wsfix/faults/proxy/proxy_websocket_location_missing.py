"""No entry is meant for the socket: something for everything else answers.

Seen as: `Unexpected response code: 200` with a page, 404, or the words of another program.
Told apart: by the route ending in files, in a fixed answer, or at another program that listens, through an entry that has
no path of its own.
Changed: an entry for the socket is added, to the site's backend; pages are served as before. Where something is asked
before every entry (Caddy's try_files or redir beside its handles) it is advised what to move.
Source: caddyserver.com/docs/caddyfile/directives (directive order), handle; HAProxy Configuration Manual, use_backend.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.caddy.stars import too_narrow
from wsfix.faults.fault import Fault
from wsfix.faults.placing import new_location
from wsfix.faults.proxy.taking import answers, goes_elsewhere
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind

FAULT = Fault(
    "WS400",
    "proxy-websocket-location-missing",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("haproxy-backend-order", "proxy-site-missing", "caddy-path-matcher-exact"),
)
_ADVICE = "Name the backend in the inventory (`backend: {port: …}`), and wsfix adds the entry."


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the path ends elsewhere than at a proxied entry of its own."""
    route = seen.route
    if not route.named or seen.works_through_proxy or route.uncertain:
        return
    if too_narrow(seen) or answers(route):
        return
    ends = route.kind is RouteKind.FILES or (route.kind is RouteKind.RETURN and not route.redirect)
    if not ends and not (route.kind is RouteKind.PROXY and goes_elsewhere(seen)):
        return
    what = route.upstream.address if route.upstream else route.kind.value if not route.status else str(route.status)
    evidence = [seen.at(route.position), Evidence(str(route.position), f"{seen.site.path} ends here: {what}")]
    walk = seen.observation.proxy or seen.observation.outside
    evidence += [answer(walk)] if walk is not None else []
    yield FAULT.finding(
        f"no entry of {seen.site.proxy.word} is meant for the socket's path; `{route.match or 'the site'}` answers instead",
        *evidence,
        severity=seen.severity_at_proxy,
        safety=Safety.SAFE if seen.site.backend else Safety.ADVICE,
        advice=_ADVICE,
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Add the entry."""
    yield from new_location(seen)
