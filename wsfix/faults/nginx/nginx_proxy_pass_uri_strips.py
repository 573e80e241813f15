"""The `proxy_pass` has a URI, which cuts off a part of the path that the backend needs.

Seen as: 403 with an empty body (Starlette), 500 (Channels), 400 (ws), 502 after one second (Socket.IO).
Told apart: the backend is asked for a shorter path than it knows, and takes the socket at the full one.
Changed: the URI of that `proxy_pass`; nothing else.
Source: ngx_http_proxy_module, proxy_pass ("the part of a normalized request URI matching the location is replaced").
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.mapping import corrected, path_finding, wrong_path
from wsfix.faults.nginx.rewriting import culprit
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS432", "nginx-proxy-pass-uri-strips", Hop.PROXY, Safety.SAFE, explained_by=("nginx-location-regex-steals",)
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend is asked for less than the path that it knows."""
    asked = wrong_path(seen)
    if asked is None or "//" in asked or len(asked) >= len(seen.site.backend_path):
        return
    if culprit(seen) is not None:
        return
    yield path_finding(FAULT, seen, asked, "cuts off a part of the path")


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Set the URI so that the backend is asked for its own path."""
    yield corrected(seen)
