"""Location and `proxy_pass` disagree about the slash, and the backend is asked for a path with two.

Seen as: 403 with an empty body (Starlette); the backend logs `//ws/1`.
Told apart: the path that the configuration makes holds `//`.
Changed: the URI of that `proxy_pass`; nothing else.
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

FAULT = Fault("WS434", "nginx-double-slash", Hop.PROXY, Safety.SAFE, explained_by=("nginx-location-regex-steals",))


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the mapped path has two slashes that the backend's own has not."""
    asked = wrong_path(seen)
    if asked is None or "//" not in asked or "//" in seen.site.backend_path:
        return
    if culprit(seen) is not None:
        return
    yield path_finding(FAULT, seen, asked, "makes two slashes of one")


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Set the URI so that the slashes agree."""
    yield corrected(seen)
