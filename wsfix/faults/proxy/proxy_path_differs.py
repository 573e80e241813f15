"""The proxy asks the backend for another path than the one that it knows.

Seen as: 404, 403 with an empty body (Starlette), 500 (Channels); the backend logs another path than the public one.
Told apart: the path that the proxy's rewriting makes of the public one is compared with the backend's own.
Changed: the entry's rewriting, so that the public prefix becomes the backend's; nothing else.
Source: caddyserver.com/docs/caddyfile/directives/handle_path, uri and rewrite; HAProxy Configuration Manual, http-request
replace-path.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.mapping import path_finding, wrong_path
from wsfix.faults.proxy.taking import corrected, goes_elsewhere
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS485",
    "proxy-path-differs",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=(
        "haproxy-backend-order",
        "proxy-site-missing",
        "proxy-websocket-location-missing",
        "caddy-path-matcher-exact",
        "caddy-handle-path-strip",
    ),
    covers=("proxy-prefix-not-stripped", "proxy-prefix-stripped", "proxy-double-slash"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend is asked for another path than it knows."""
    asked = wrong_path(seen)
    if asked is None or not seen.proxied.named or goes_elsewhere(seen):
        return
    longer = len(asked) > len(seen.site.backend_path)
    yield path_finding(FAULT, seen, asked, "leaves a prefix in the path" if longer else "changes the path")


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Correct the rewriting."""
    yield corrected(seen)
