"""systemd gave the backend up after too many starts, and what ended it is mended by now.

Seen as: 502 although the code or the settings are right again.
Told apart: the unit has failed, its journal says `Start request repeated too quickly`, and a file that it starts with is younger
than its last death: the program, its env file, or its configuration. Where nothing was written since, it would only die
again: that is backend-crash-loop, and this is said beside it.
Changed: the counter is reset and the unit started; where the proof fails, it is stopped again.
Source: systemd.unit(5), StartLimitIntervalSec=, StartLimitBurst=; systemctl(1), reset-failed.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.unitfile import down, mended_since, start
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.inside import ServiceState

FAULT = Fault(
    "WS512",
    "systemd-start-limit",
    Hop.BACKEND,
    Safety.SAFE,
    explained_by=(
        "backend-wrong-entrypoint",
        "backend-module-missing",
        "gunicorn-worker-missing",
        "django-apps-not-loaded",
        "backend-port-in-use",
        "systemd-exec-failed",
        "systemd-env-file-missing",
        "backend-bind-denied",
        "backend-oom",
        "backend-crash-loop",
    ),
)
_GAVE_UP = "Start request repeated too quickly"


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where systemd refuses to start the unit any more."""
    unit = seen.unit
    said = gave_up(unit)
    if not said or not down(seen):
        return
    mended = mended_since(seen)
    evidence = [Evidence(f"journal of {unit.unit}", said)]
    if mended is not None:
        evidence.append(Evidence(mended.path, "was written after the last death of the process"))
    yield FAULT.finding(
        f"systemd gave {unit.unit} up after too many starts"
        + (f", and {mended.path} was mended since" if mended else ""),
        *evidence,
        severity=seen.severity,
        safety=Safety.SAFE if mended else Safety.ADVICE,
        advice=f"Mend what ended it, then `systemctl reset-failed {unit.unit} && systemctl start {unit.unit}`.",
    )


def gave_up(unit: ServiceState) -> str:
    """Return what says that the limit was hit; empty where it was not."""
    if unit.active != "failed" or unit.stopped:
        return ""
    if unit.result == "start-limit-hit":
        return "result start-limit-hit"
    return next((line.strip() for line in reversed(unit.log) if _GAVE_UP in line), "")


def cure(seen: Seen, finding: Finding) -> Iterator[Action]:
    """Reset the counter and start it."""
    if finding.safety is Safety.SAFE:
        yield start(seen, FAULT.code, first=f"systemctl reset-failed {seen.unit.unit}; ")
