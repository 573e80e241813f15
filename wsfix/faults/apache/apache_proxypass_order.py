"""A broad ProxyPass stands before the one that is meant for the socket, and the first that matches wins.

Seen as: 404 with the backend's own words: the broad entry proxies by http:// and hands no upgrade on.
Told apart: a ProxyPass with a longer prefix stands further down and never gets its path. Where a RewriteRule with [P]
takes the socket before, the order does no harm, and this stays silent.
Changed: the line with the longer prefix is moved before the broad one; its words stay as they are.
Source: mod_proxy, "Ordering ProxyPass Directives" ("the first to match wins").
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
    "WS467",
    "apache-proxypass-order",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("apache-mod-missing", "apache-wrong-vhost", "apache-site-not-enabled"),
)
RULE = "outside of <Location> the first ProxyPass that matches wins"


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a ProxyPass that would serve the socket stands behind one that takes its path."""
    yield from out_of_order(FAULT, seen, RULE, located=False)


def cure(seen: Seen, _finding: Finding) -> Iterator[Config | Link]:
    """Move the line."""
    yield from completed(seen, in_order(seen), FAULT.code)
