"""The same header is set twice for the backend, and nginx sends both.

Seen as: 400 (two Host lines, which every strict server refuses), 400 or 404 (two Connection or Upgrade lines that contradict
each other); or it works by luck. Typical: `include proxy_params;` beside lines of one's own.
Told apart: both lines are in force on the same level.
Changed: one of the two lines is taken away: one's own where the other stands in a file that others include too, else the
first; then the upgrade is put right where it is not.
Source: ngx_http_proxy_module, proxy_set_header; RFC 9112 section 3.2 (a request with more than one Host is answered 400).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.refusing import only_through_nginx
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS425",
    "nginx-duplicate-proxy-set-header",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("nginx-location-regex-steals", "nginx-wrong-vhost", "nginx-site-not-enabled"),
)
MATTER = ("Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version")
REFUSALS = frozenset({400, 404, 426})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for each header of the handshake that is set more than once with a value."""
    route = seen.proxied
    counted = Counter(header.name.lower() for header in route.headers if header.value)
    for name in MATTER:
        if counted[name.lower()] < 2:  # noqa: PLR2004 - once is right
            continue
        lines = [header for header in route.headers if header.name.lower() == name.lower()]
        contradict = name in {"Upgrade", "Connection"} and not route.forwards_upgrade
        walk = only_through_nginx(seen, REFUSALS)
        broken = (contradict and not seen.works_through_proxy) or walk is not None
        yield FAULT.finding(
            f"{name} is set twice, and the backend is sent both",
            *(seen.at(header.position) for header in lines),
            *(answer(each) for each in (walk, seen.observation.backend) if each is not None and broken),
            severity=Severity.ERROR if broken else Severity.NOTE,
            safety=Safety.SAFE if broken else Safety.CONFIRM,
            subject=name,
        )


def cure(seen: Seen, finding: Finding) -> Iterator[Config]:
    """Keep one of the lines."""
    config = seen.nginx.single_header(seen.route, finding.subject)
    route = seen.with_config(config).route
    if finding.subject in {"Upgrade", "Connection"} and not route.forwards_upgrade:
        config = config.forward_upgrade(route)
    yield config
