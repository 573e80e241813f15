"""The public path has a prefix that the backend does not know, and the proxy leaves it in.

Seen as: 403 with an empty body (Starlette), 500 (Channels), 404; the backend logs the path with the prefix.
Told apart: the backend is asked for a longer path than it knows.
Changed: the path of that target is set so that the prefix is replaced; nothing else.
Source: mod_proxy, ProxyPass (the prefix is replaced by the target's path).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.mapping import by_slashes_alone, corrected, path_finding, wrong_path
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS483",
    "apache-prefix-not-stripped",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("apache-proxypass-order", "apache-location-order", "apache-rewrite-no-p", "apache-wrong-vhost"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend is asked for more than the path that it knows."""
    asked = wrong_path(seen)
    if asked is None or by_slashes_alone(seen, asked) or len(asked) < len(seen.site.backend_path):
        return
    yield path_finding(FAULT, seen, asked, "leaves a prefix in the path")


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Correct the path of the target."""
    yield corrected(seen)
