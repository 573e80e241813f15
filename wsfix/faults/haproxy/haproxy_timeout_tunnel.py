"""HAProxy ends a silent socket earlier than the site asks for.

Seen as: 1006 after a round number of seconds without traffic, 50 s with Debian's defaults; in the log the termination state
`cD` or `sD`. Backends that ping hide it.
Told apart: by the number: `timeout tunnel` of the backend; without it (0 counts as none) the shorter of `timeout client` and
`timeout server`. What cuts a socket that talks is another thing.
Changed: `timeout tunnel` in the backend that this URL takes. It is in force for upgraded connections alone, so that no other
time-out changes.
Source: HAProxy configuration manual, section 4.2, `timeout tunnel`; section 8.5, termination states.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.haproxy import Config
from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.proxy.pools import ours
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS443",
    "haproxy-timeout-tunnel",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("proxy-config-broken",),
    covers=("haproxy-timeout-client", "haproxy-timeout-server"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route's idle time is shorter than the inventory asks, in the backend that is this site's."""
    upstream, wanted = seen.proxied.upstream, seen.site.backend
    if (
        wanted is not None
        and upstream is not None
        and upstream.socket is None
        and upstream.port != wanted.port
        and not ours(seen, seen.route)
    ):
        return
    yield from proxying.too_short(FAULT, seen, "the time for a silent tunnel", own=True)


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Set the time in the backend of the socket."""
    if seen.site.idle_seconds is not None:
        yield seen.haproxy.set_tunnel(seen.route, seen.site.idle_seconds)
