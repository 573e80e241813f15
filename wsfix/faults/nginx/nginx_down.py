"""nginx is not running.

Seen as: connection refused at once on the public port, while DNS and the host are fine.
Told apart: from a closed firewall by the host having no nginx process; from a wrong port by nothing listening there.
Changed: the unit is started, after the configuration passed its test. Safe: nothing is served that could be lost.
Source: nginx(8); systemctl(1).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS403", "nginx-down", Hop.PROXY, Safety.SAFE, explained_by=("nginx-config-broken", "nginx-map-undefined")
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where nginx is installed and has no master process."""
    if seen.proxy.master is not None:
        return
    unit = (seen.inside.services or {}).get("nginx.service")
    state = f"{unit.active} ({unit.result})" if unit else "no such unit"
    evidence = [Evidence("nginx.service", f"{state}; no nginx process")]
    if seen.observation.outside is not None:
        evidence.append(answer(seen.observation.outside))
    yield FAULT.finding("nginx is not running on the host", *evidence, severity=seen.severity)


def cure(_seen: Seen, _finding: Finding) -> Iterator[Action]:
    """Start the unit."""
    yield Action(
        do="systemctl start nginx.service",
        undo="systemctl stop nginx.service",
        title="start nginx.service",
        cost="nothing is connected",
        faults=(FAULT.code,),
        rank=90,
    )
