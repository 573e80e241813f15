"""No entry is meant for the socket: the page of a single-page application answers instead.

Seen as: `Unexpected response code: 200`; the body is the application's index.html. Without a FallbackResource 404.
Told apart: by the route ending in files (DocumentRoot, Alias, FallbackResource, a rewriting to index.html).
Changed: a ProxyPass for the socket is added, to the site's backend; nothing else.
Source: mod_dir, FallbackResource; mod_proxy, ProxyPass.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.apache import Config
from wsfix.faults.apache.completing import completed
from wsfix.faults.fault import Fault
from wsfix.faults.placing import new_location
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Link
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind

FAULT = Fault(
    "WS466",
    "apache-fallbackresource-spa",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("apache-mod-missing", "apache-site-not-enabled", "apache-wrong-vhost"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the URL ends in files."""
    route = seen.route
    if route.kind is not RouteKind.FILES or not route.named:
        return
    evidence = [seen.at(route.position)]
    walk = seen.observation.outside
    evidence += [answer(walk)] if walk is not None and not walk.sound else []
    yield FAULT.finding(
        "no ProxyPass or rule takes the socket's path; files answer instead",
        *evidence,
        severity=seen.severity_at_proxy,
        safety=Safety.SAFE if seen.site.backend else Safety.ADVICE,
        advice="Name the backend in the inventory (`backend: {port: …}`), and wsfix adds the entry.",
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config | Link]:
    """Add the entry."""
    yield from completed(seen, new_location(seen), FAULT.code)
