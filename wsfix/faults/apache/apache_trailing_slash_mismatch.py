"""ProxyPass and its target disagree about the slash at the end.

Seen as: 403 with an empty body (Starlette), 500 (Channels), 400 (ws); the backend logs `//ws/1` or `/wsroom`.
Told apart: the path that the configuration makes has a slash too many or one too few, and is right but for that.
Changed: the path of that target gets the slash of the prefix, or loses its own; nothing else.
Source: mod_proxy, ProxyPass ("If the first argument ends with a trailing /, the second argument should also end with a
trailing /, and vice versa").
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
    "WS482",
    "apache-trailing-slash-mismatch",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("apache-proxypass-order", "apache-location-order", "apache-rewrite-no-p", "apache-wrong-vhost"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the mapped path and the backend's own differ by slashes alone."""
    asked = wrong_path(seen)
    if asked is None or not by_slashes_alone(seen, asked):
        return
    yield path_finding(FAULT, seen, asked, "and its target disagree about a slash")


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Correct the path of the target."""
    yield corrected(seen)
