"""nginx is not running.

Seen as: connection refused at once on the public port, while DNS and the host are fine.
Told apart: from a closed firewall by the host having no nginx process; from a wrong port by nothing listening there.
Changed: the unit is started, after the configuration passed its test. Safe: nothing is served that could be lost.
Where another program holds its port, both are named and nothing is changed.
Source: nginx(8); systemctl(1).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS403", "nginx-down", Hop.PROXY, Safety.SAFE, explained_by=("nginx-config-broken", "nginx-map-undefined")
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where nginx is installed and has no master process."""
    yield from proxying.down(FAULT, seen)


def cure(seen: Seen, _finding: Finding) -> Iterator[Action]:
    """Start the unit."""
    yield from proxying.start(FAULT, seen)
