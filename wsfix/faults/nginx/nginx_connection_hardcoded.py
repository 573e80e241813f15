"""`Connection "upgrade"` stands in a location that pages and API calls take too.

Seen as: nothing, with most backends; some refuse a POST that carries it (Kestrel: `Requests with 'Connection: Upgrade' cannot have
content`), and connections to the backend are not kept for the next request.
Told apart: by the fixed word in a broad location, such as `/`.
Changed: with consent, since the socket works: Connection takes its value from a map, which says `upgrade` for a WebSocket and
nothing for all else.
Source: nginx.org, "WebSocket proxying" (the map); RFC 9110 section 7.8.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.placing import is_own
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS441", "nginx-connection-hardcoded", Hop.PROXY, Safety.CONFIRM)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a shared location always says that it upgrades."""
    route = seen.proxied
    if not route.forwards_upgrade or (route.connection_value or "").lower() != "upgrade" or is_own(seen, route):
        return
    header = route.header("Connection")
    if header is None:
        return
    yield FAULT.finding(
        f"`{route.match or 'server'}` says `Connection: upgrade` to the backend for every request, not only for sockets",
        seen.at(header.position),
        Evidence(str(route.position), route.match or "server"),
        severity=Severity.NOTE,
        advice='Take the value from a map of $http_upgrade that gives "upgrade" for websocket and nothing else.',
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Say so for sockets only."""
    yield seen.nginx.limit_upgrade(seen.route)
