"""`handle_path` takes the prefix off, and the backend knows the path with it.

Seen as: 404 or 403 from the backend, which logs the path without the prefix.
Told apart: the block that takes the path is a `handle_path`, and what is left of the path is not what the backend knows.
Changed: `handle_path` becomes `handle`, which leaves the path as it came.
Source: caddyserver.com/docs/caddyfile/directives/handle_path ("same as handle, but implicitly uses uri strip_prefix").
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.mapping import path_finding, wrong_path
from wsfix.faults.proxy.taking import corrected
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS497",
    "caddy-handle-path-strip",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("proxy-site-missing", "proxy-websocket-location-missing", "caddy-path-matcher-exact"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a handle_path leaves less of the path than the backend knows."""
    asked, known = wrong_path(seen), seen.site.backend_path
    if asked is None or not seen.route.match.startswith("handle_path ") or not known.endswith(asked):
        return
    yield path_finding(FAULT, seen, asked, "takes a prefix off that the backend knows")


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Leave the path as it came, or as the backend knows it."""
    yield corrected(seen)
