"""The backend's unit stays down after its process dies.

Seen as: 502 from one moment on, after a crash or a kill that nothing repeats; nobody brings it up again.
Told apart: Restart= is `no`, systemd's default, and the process was ended by a signal, or had run for a while; one that dies
at its start is backend-crash-loop. While it runs this is only a note. Restart=on-failure does not count where the process ended
in order after a while (uvicorn's --limit-max-requests, a TERM from somebody), while nobody had systemd stop the unit.
Changed: a drop-in with `Restart=on-failure`, or `always` where that was not enough; a running process is not touched. Where it
is down, backend-not-running starts it.
Source: systemd.service(5), Restart=.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.unitfile import LIVED_SECONDS, down, drop_in
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import ServiceState

FAULT = Fault(
    "WS511", "systemd-no-restart", Hop.BACKEND, Safety.SAFE, explained_by=("backend-oom", "systemd-type-mismatch")
)
LAST_LINES = 4
_AFTER_FAILURES = frozenset({"no", "on-failure", "on-abnormal", "on-abort", "on-watchdog"})
_KILLED = frozenset({"signal", "core-dump", "oom-kill", "watchdog"})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the unit may not be started again, as an error where that is why it is down."""
    unit = seen.unit
    if ended_in_order(unit) and down(seen):
        yield FAULT.finding(
            f"{unit.unit} ended by itself, in order, and Restart={unit.restart_policy} leaves it down",
            Evidence(f"systemctl show {unit.unit}", f"{unit.active} ({unit.sub}), result {unit.result}"),
            *(Evidence(f"journal of {unit.unit}", line.strip()) for line in unit.log[-LAST_LINES:]),
            severity=seen.severity,
        )
        return
    if unit.load != "loaded" or unit.restart_policy != "no":
        return
    died = left_down(unit)
    felt = died and down(seen)
    yield FAULT.finding(
        f"{unit.unit} died ({unit.result}), and Restart=no leaves it down"
        if died
        else f"{unit.unit} would stay down if its process died: Restart=no",
        Evidence(f"systemctl show {unit.unit}", f"Restart=no, {unit.active} ({unit.sub}), result {unit.result}"),
        severity=seen.severity if felt else Severity.NOTE,
        safety=Safety.SAFE if felt else Safety.CONFIRM,
    )


def left_down(unit: ServiceState) -> bool:
    """Whether the process ended by itself after it had served, and nothing starts it again."""
    if unit.load != "loaded" or unit.restart_policy != "no" or unit.active != "failed" or unit.stopped:
        return False
    lived = unit.ran_seconds is not None and unit.ran_seconds >= LIVED_SECONDS
    return unit.result in _KILLED or (unit.result == "exit-code" and lived)


def ended_in_order(unit: ServiceState) -> bool:
    """Whether the process served for a while and then ended with success, and nobody had systemd stop it."""
    if unit.load != "loaded" or unit.active != "inactive" or unit.result != "success" or unit.stopped:
        return False
    lived = unit.ran_seconds is not None and unit.ran_seconds >= LIVED_SECONDS
    return lived and unit.restart_policy in _AFTER_FAILURES


def cure(seen: Seen, _finding: Finding) -> Iterator[Edit | Action]:
    """Let systemd start it again; where it is down, backend-not-running starts it."""
    policy = "always" if ended_in_order(seen.unit) else "on-failure"
    yield from drop_in(seen.unit, "restart", (f"Restart={policy}", "RestartSec=2"), FAULT.code)
