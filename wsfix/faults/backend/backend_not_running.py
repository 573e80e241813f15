"""The backend's service is stopped.

Seen as: 502 at once through nginx, connection refused straight at the port.
Told apart: nothing listens on the backend's port, and the unit is inactive and did not fail by itself.
Changed: the unit is started through its manager, never by hand.
Source: systemctl(1), start.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.restarting import then_listens
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS503",
    "backend-not-running",
    Hop.BACKEND,
    Safety.SAFE,
    explained_by=("backend-wrong-entrypoint", "backend-crash-loop"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the unit is not active and its port has no listener."""
    unit = seen.unit
    if unit.active in {"active", "activating", "reloading"}:
        return
    listening = seen.listeners(seen.backend.port)
    if unit.load == "not-found":
        state = "there is no such unit on the host"
    else:
        state = f"{unit.active} ({unit.sub}), result {unit.result}"
    evidence = [Evidence(unit.unit, state)]
    if listening:
        evidence.append(Evidence("listeners", f"port {seen.backend.port} is held by a process of another unit"))
    else:
        evidence.append(Evidence("listeners", f"nothing listens on port {seen.backend.port}"))
    startable = unit.load == "loaded" and not listening
    yield FAULT.finding(
        f"{unit.unit} is not running",
        *evidence,
        severity=Severity.WARNING if seen.works else Severity.ERROR,
        safety=Safety.SAFE if startable else Safety.ADVICE,
        advice=""
        if startable
        else f"Give the backend a unit named {unit.unit}, or correct service.name in the inventory; wsfix kills no process.",
    )


def cure(seen: Seen, finding: Finding) -> Iterator[Action]:
    """Start the unit."""
    unit = seen.service.unit
    if finding.safety is Safety.SAFE:
        yield Action(
            do=then_listens(seen, f"systemctl start {unit}"),
            undo=f"systemctl stop {unit}",
            title=f"start {unit}",
            cost="nothing is connected",
            faults=(FAULT.code,),
            rank=60,
        )
