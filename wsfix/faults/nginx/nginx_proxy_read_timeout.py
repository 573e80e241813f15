"""nginx ends a silent socket earlier than the site asks for.

Seen as: 1006 after exactly `proxy_read_timeout` (60 s by default) without traffic; nothing in the error log at its
default level. Backends that ping (uvicorn and Daphne every 20 s) hide it.
Told apart: by the number, which is the directive's; `wsfix check --idle` also shows it: a silent socket ends then from
outside and through the proxy, and straight at the backend it lives.
Changed: `proxy_read_timeout` in the socket's location, to the seconds of the inventory; where that asks for none and a socket
was seen to end so, with consent, to an hour.
Source: ngx_http_proxy_module, proxy_read_timeout.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wsfix.drivers.nginx import Config
from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.placing import is_own
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS440",
    "nginx-proxy-read-timeout",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("nginx-upgrade-headers-missing", "nginx-location-regex-steals", "nginx-wrong-vhost"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route's idle time is shorter than the inventory asks, in each server on the way."""
    _ = seen.proxied
    time = f"proxy_read_timeout {seen.site.idle_or_default}s;"
    for number, route in enumerate(seen.parts):
        own, subject = is_own(seen, route), f"part {number}" if number else ""
        what = f"`{route.match or 'server'}` serves more than the socket"
        for finding in proxying.too_short(FAULT, seen, "proxy_read_timeout", own=own, route=route, subject=subject):
            advice = f"{what}; give that a location of its own with `{time}`."
            yield finding if own else replace(finding, safety=Safety.ADVICE, advice=advice)


def cure(seen: Seen, finding: Finding) -> Iterator[Config]:
    """Set the time in the socket's own location, in the server that the finding is about."""
    number = int(finding.subject.removeprefix("part ") or 0)
    for route in seen.parts[number : number + 1]:
        if is_own(seen, route):
            yield seen.nginx.set_directive(route.position, "proxy_read_timeout", f"{seen.site.idle_or_default}s")
