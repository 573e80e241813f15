"""An earlier `use_backend` takes the socket's path before the rule that is meant for it.

Seen as: 404 or 200 with HTML of another application, although a rule with the right backend stands in the file.
Told apart: the first rule whose condition holds wins; the one that aims at the site's backend stands behind it, and is the more
special one: its prefix is longer, or it asks for `Upgrade`. Else the address or the rule is wrong, which is another fault.
Changed: the line of the rule is moved before the one that took its path, where its prefix is the longer one; else it is for a
person to decide which of the two is meant, and only advised.
Source: HAProxy configuration manual, section 4.2, `use_backend`: "the first one which matches will be used".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.haproxy import Config
from wsfix.faults.fault import Fault
from wsfix.faults.placing import pattern_of
from wsfix.faults.proxy.pools import ours
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import Position, Route, RouteKind

FAULT = Fault("WS449", "haproxy-backend-order", Hop.PROXY, Safety.SAFE, covers=("haproxy-wrong-backend",))


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a later rule aims at the site's backend."""
    taken, later = _taken(seen), _meant(seen)
    if taken is None or later is None or seen.works_through_proxy:
        return
    position, match = taken
    longer = len(pattern_of(later)) > len(match.split()[-1]) and pattern_of(later).startswith("/")
    evidence = [seen.at(position), seen.at(later.position)]
    if seen.observation.outside is not None:
        evidence.append(answer(seen.observation.outside))
    address = later.upstream.address if later.upstream else ""
    yield FAULT.finding(
        f"`{match}` takes {seen.site.path} before the rule that aims at {address}: the first that holds wins",
        *evidence,
        severity=seen.severity_at_proxy,
        safety=Safety.SAFE if longer else Safety.ADVICE,
        advice=f"Move the line {later.position} before {position}.",
    )


def _taken(seen: Seen) -> tuple[Position, str] | None:
    site = seen.site
    return seen.haproxy.switching(site.host, site.port, site.tls, site.path)


def _meant(seen: Seen) -> Route | None:
    """Return the route that the URL would take without the rules before it, where it ends at the site's backend."""
    site, route, taken = seen.site, seen.route, _taken(seen)
    if taken is None or route.kind not in {RouteKind.PROXY, RouteKind.FILES, RouteKind.RETURN}:
        return None
    if seen.is_backend(route.upstream) or ours(seen, route):
        return None
    for each in seen.haproxy.behind(site.host, site.port, site.tls, site.path):
        if each.kind is RouteKind.PROXY and seen.is_backend(each.upstream):
            narrower = len(pattern_of(each)) > len(taken[1].split()[-1]) or seen.haproxy.asks_upgrade(each)
            return each if each.match.startswith("use_backend ") and narrower else None
    return None


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Move the rule."""
    taken, later = _taken(seen), _meant(seen)
    if taken is not None and later is not None:
        yield seen.haproxy.move_before(later.position, taken[0])
