"""A broad `<Location>` stands behind the one that is meant for the socket, and the last that matches wins.

Seen as: 404 with the backend's own words: the broad entry proxies by http:// and hands no upgrade on.
Told apart: a `<Location>` with a longer prefix and a ProxyPass of its own stands further up. It is the other way round
than with ProxyPass outside of sections, where the first wins.
Changed: the broad section is moved before the one of the socket; its lines stay as they are.
Source: httpd.apache.org, "Configuration Sections", how the sections are merged (in the order of the file).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.apache import Config
from wsfix.faults.apache.completing import completed
from wsfix.faults.apache.order import in_order, out_of_order
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Link
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS468",
    "apache-location-order",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("apache-mod-missing", "apache-wrong-vhost", "apache-site-not-enabled"),
)
RULE = "of several <Location> that match the last one's ProxyPass wins"


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a `<Location>` that would serve the socket stands before one that takes its path."""
    yield from out_of_order(FAULT, seen, RULE, located=True)


def cure(seen: Seen, _finding: Finding) -> Iterator[Config | Link]:
    """Move the section."""
    yield from completed(seen, in_order(seen), FAULT.code)
