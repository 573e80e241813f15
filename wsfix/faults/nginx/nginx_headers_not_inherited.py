"""The lines that hand the upgrade on stand in server{} or http{}, and the location cancels them.

Seen as: as nginx-upgrade-headers-missing, although the right lines can be read a few lines above.
Told apart: the location sets a header of its own, and by that inherits none.
Changed: the lines that were lost are repeated in the location; nothing outside of it.
Source: ngx_http_proxy_module, proxy_set_header ("inherited from the previous configuration level if and only if there
are no proxy_set_header directives defined on the current level").
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS421", "nginx-headers-not-inherited", Hop.PROXY, Safety.SAFE, explained_by=("nginx-location-regex-steals",)
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where Upgrade or Connection is set further out and cancelled here."""
    route = seen.proxied
    lost = [h for h in route.headers_cancelled if h.name.lower() in {"upgrade", "connection"}]
    if route.forwards_upgrade or not lost:
        return
    own = route.headers[0].position if route.headers else route.position
    yield FAULT.finding(
        f"`{route.match}` sets a header of its own, and so inherits none of the lines that hand the upgrade on",
        seen.at(own),
        *(seen.at(header.position) for header in lost),
        severity=seen.severity_at_proxy,
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Repeat the lost lines."""
    yield seen.nginx.forward_upgrade(seen.route)
