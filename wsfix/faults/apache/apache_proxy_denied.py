"""A section refuses what is proxied to the backend.

Seen as: 403 with Apache's own page; AH01630 `client denied by server configuration: proxy:http://…` in the error log.
Told apart: from a backend's 403 (empty, or in its own words) by the page, and by `Require all denied` in a `<Proxy>` or
`<Location>` that the request lies in. Often a left-over of the default that forbids forward proxying.
Changed: with consent, since it opens what somebody closed: `Require all granted` in that section.
Source: mod_proxy, "Access Control"; mod_authz_core, Require.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.apache import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind

FAULT = Fault("WS487", "apache-proxy-denied", Hop.PROXY, Safety.CONFIRM, explained_by=("apache-wrong-vhost",))
FORBIDDEN = 403


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a section lets nobody in."""
    route = seen.route
    if route.kind is not RouteKind.RETURN or route.status != FORBIDDEN or route.redirect is not None:
        return
    if not route.named or not route.match.startswith("<"):
        return
    evidence = [seen.at(route.position, around=2), Evidence(str(route.position), route.why_not)]
    through = seen.observation.proxy or seen.observation.outside
    evidence += [answer(through)] if through is not None and not through.sound else []
    yield FAULT.finding(
        f"`{route.match}` lets nobody through to the backend", *evidence, severity=seen.severity_at_proxy
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Let everybody in who may come so far."""
    yield seen.apache.grant(seen.route.position)
