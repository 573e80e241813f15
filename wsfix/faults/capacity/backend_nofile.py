"""The backend may open too few files, and each socket is one.

Seen as: new sockets are reset or never answered once a number is reached; those that are open go on.
Told apart: a process that listens on the backend's port has nine tenths of its files open, or its log says `Too many open files`
(EMFILE) and its limit is small.
Changed: a drop-in sets LimitNOFILE=65536 for the next start, and the running processes get the same at once (prlimit), so that no
socket is dropped.
Source: systemd.exec(5), LimitNOFILE=; getrlimit(2), RLIMIT_NOFILE; prlimit(1); accept(2), EMFILE.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.keeper import keeper
from wsfix.faults.backend.unitfile import drop_in
from wsfix.faults.capacity.running_out import capacity
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.capacity import Handles
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS580", "backend-nofile", Hop.BACKEND, Safety.SAFE)
ENOUGH = 65536
NEARLY = 0.9
_SAYS = ("Too many open files", "EMFILE", "[Errno 24]")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a process of the backend has no file left, or had none."""
    held = _held(seen)
    tight = next((one for one in held if one.soft and one.open and one.open >= NEARLY * one.soft), None)
    small = next((one for one in held if one.soft and one.soft < ENOUGH), None)
    said = _said(seen) if small else None
    found = tight or (small if said else None)
    if found is None:
        return
    opened = f", {found.open} are open" if found.open is not None else ""
    evidence = [Evidence(f"/proc/{found.pid}/limits", f"Max open files {found.soft}{opened}")]
    evidence += [Evidence(keeper(seen).log_source, said)] if said else []
    systemd = seen.site.service is not None and seen.site.service.manager == "systemd"
    yield FAULT.finding(
        f"the backend on {seen.backend.words} may open {found.soft} files, and each socket is one",
        *evidence,
        severity=seen.severity if tight or not seen.works else Severity.WARNING,
        safety=Safety.SAFE if systemd and seen.unit.running else Safety.ADVICE,
        advice=f"Give the service that keeps it `LimitNOFILE={ENOUGH}` (PM2: `ulimit -n {ENOUGH}` for its daemon), and restart it.",
    )


def _held(seen: Seen) -> list[Handles]:
    handles = capacity(seen).handles
    pids = sorted({pid for listener in seen.listening for pid in listener.pids})
    return [handles[pid] for pid in pids if pid in handles]


def _said(seen: Seen) -> str | None:
    if seen.site.service is None:
        return None
    return next((line.strip() for line in reversed(keeper(seen).log) if any(word in line for word in _SAYS)), None)


def cure(seen: Seen, finding: Finding) -> Iterator[Edit | Action]:
    """Raise the limit of the unit, and of its processes as they run."""
    if finding.safety is not Safety.SAFE:
        return
    yield from drop_in(seen.unit, "files", (f"LimitNOFILE={ENOUGH}",), FAULT.code)
    held = [one for one in _held(seen) if one.soft and one.soft < ENOUGH]
    yield Action(
        do="; ".join(f"prlimit --pid {one.pid} --nofile={ENOUGH}:{ENOUGH}" for one in held),
        undo="; ".join(f"prlimit --pid {one.pid} --nofile={one.soft}:" for one in held),
        title=f"let the running backend open {ENOUGH} files (prlimit)",
        cost="keeps open sockets",
        faults=(FAULT.code,),
        rank=30,
    )
