"""A regular expression takes the path away from the location that is meant for the socket.

Seen as: 404 or a page, although a location with all the right lines stands in the file.
Told apart: by the winning location being a regex while a prefix of the same server matches and forwards the upgrade.
Changed: `^~` is put before that prefix, which makes nginx skip the regexes for it; the regex stays as it is.
Source: ngx_http_core_module, location (order of matching, modifier ^~).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS412", "nginx-location-regex-steals", Hop.PROXY, Safety.SAFE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a regex wins over a prefix location that would forward the upgrade."""
    route = seen.route
    if not route.match.startswith(("location ~ ", "location ~* ")) or route.forwards_upgrade:
        return
    shadowed = seen.nginx.shadowed_prefix(route, seen.site.path)
    if shadowed is None or not shadowed.forwards_upgrade:
        return
    yield FAULT.finding(
        f"`{route.match}` takes {seen.site.path} away from `{shadowed.match}`",
        seen.at(route.position),
        seen.at(shadowed.position),
        severity=seen.severity_at_proxy,
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Put ^~ before the prefix."""
    shadowed = seen.nginx.shadowed_prefix(seen.route, seen.site.path)
    if shadowed is not None:
        yield seen.nginx.prefer_prefix(shadowed.position)
