"""The backend's unit is masked: systemd refuses every start of it.

Seen as: 502; `systemctl start` says `Unit is masked`.
Told apart: the unit's load state is `masked`, its file a link to /dev/null.
Changed: it is unmasked and started, with consent: somebody masked it on purpose once.
Source: systemctl(1), mask.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.restarting import RESTART_RANK, then_listens
from wsfix.faults.backend.unitfile import down
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS517", "systemd-masked", Hop.BACKEND, Safety.CONFIRM)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the unit is masked and its backend does not serve."""
    unit = seen.unit
    if unit.load != "masked" or not down(seen):
        return
    yield FAULT.finding(
        f"{unit.unit} is masked and cannot be started",
        Evidence(f"systemctl show {unit.unit}", f"load state {unit.load}, {unit.active} ({unit.sub})"),
        severity=seen.severity,
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Action]:
    """Unmask it and start it."""
    unit = seen.unit.unit
    yield Action(
        do=then_listens(seen, f"systemctl unmask -q {unit} && systemctl start {unit}"),
        undo=f"systemctl stop {unit}; systemctl mask -q {unit}",
        title=f"unmask and start {unit}",
        cost="nothing is connected",
        faults=(FAULT.code,),
        rank=RESTART_RANK,
    )
