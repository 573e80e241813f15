"""The proxy is not running.

Seen as: connection refused at once on the public port, while DNS and the host are fine.
Told apart: from a closed firewall by the host having no process of the proxy; from a wrong port by nothing listening there.
Changed: the unit is started. Safe: nothing is served that could be lost.
Where another program holds its port, both are named and nothing is changed.
Source: systemctl(1); caddy(8); haproxy(1).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS470", "proxy-down", Hop.PROXY, Safety.SAFE, explained_by=("proxy-config-broken",))


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the proxy is installed and has no process."""
    yield from proxying.down(FAULT, seen)


def cure(seen: Seen, _finding: Finding) -> Iterator[Action]:
    """Start the unit."""
    yield from proxying.start(FAULT, seen)
