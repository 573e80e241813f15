"""The public path has a prefix that the backend does not know, and the proxy leaves it in.

Seen as: as nginx-proxy-pass-uri-strips; the backend logs the path with the prefix.
Told apart: the backend is asked for a longer path than it knows.
Changed: the URI of that `proxy_pass` is set so that the prefix is replaced; nothing else.
Source: ngx_http_proxy_module, proxy_pass.
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
    "WS433", "nginx-prefix-not-stripped", Hop.PROXY, Safety.SAFE, explained_by=("nginx-location-regex-steals",)
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend is asked for more than the path that it knows."""
    asked = wrong_path(seen)
    if asked is None or "//" in asked or len(asked) < len(seen.site.backend_path):
        return
    if culprit(seen) is not None:
        return
    yield path_finding(FAULT, seen, asked, "leaves a prefix in the path")


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Set the URI so that the backend is asked for its own path."""
    yield corrected(seen)
