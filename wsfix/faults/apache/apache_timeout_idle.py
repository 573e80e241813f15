"""Apache ends a silent socket earlier than the site asks for.

Seen as: 1006 after the longer of Timeout (300 s on Debian) and ProxyTimeout or `timeout=` without traffic. Backends that
ping (uvicorn and Daphne every 20 s) hide it.
Told apart: by the number, which is the directive's; `wsfix check --idle` also shows it: a silent socket ends then from
outside and through the proxy, and straight at the backend it lives.
Changed: `timeout=` of the socket's own ProxyPass, to the seconds of the inventory; the server-wide Timeout stays. Where
the inventory asks for none and a socket was seen to end so, with consent, to an hour.
Source: mod_proxy, ProxyPass (timeout) and ProxyTimeout; core, Timeout.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.apache import Config
from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.placing import is_own
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS490",
    "apache-timeout-idle",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=(
        "apache-proxypass-order",
        "apache-location-order",
        "apache-shared-worker",
        "apache-upgrade-not-enabled",
        "apache-wrong-vhost",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route's idle time is shorter than the inventory asks."""
    own = is_own(seen, seen.proxied)
    yield from proxying.too_short(FAULT, seen, "the longer of Timeout and the target's own time-out", own=own)


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Set the time of the socket's own entry."""
    if is_own(seen, seen.route):
        yield seen.apache.set_timeout(seen.route, seen.site.idle_or_default)
