"""The kernel killed the backend for want of memory.

Seen as: every socket closes with 1006 at once; then 502, or a start anew with an empty state.
Told apart: the unit's result is `oom-kill`, or its journal says that a process of it was killed by the OOM killer; a kill by
hand has the result `signal` and no such line.
Changed: where the unit itself limits its memory (MemoryMax=), a drop-in doubles that, with consent, and the unit is started.
Else nothing: the host needs memory, or the application less.
Source: systemd.service(5), OOMPolicy=; systemd.resource-control(5), MemoryMax=.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.unitfile import down, drop_in, restart
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS533", "backend-oom", Hop.BACKEND, Safety.ADVICE)
_KILLED = ("killed by the OOM killer", "oom-kill")
_MEGABYTE = 1048576


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where systemd says that memory was the reason."""
    unit = seen.unit
    said = next((line.strip() for line in reversed(unit.log) if any(word in line for word in _KILLED)), "")
    if unit.load != "loaded" or (unit.result != "oom-kill" and not said):
        return
    dead = down(seen)
    memory = seen.inside.capacity.memory if seen.inside.capacity else None
    evidence = [Evidence(f"systemctl show {unit.unit}", f"result {unit.result}, MemoryMax={_size(unit.memory_max)}")]
    evidence += [Evidence(f"journal of {unit.unit}", said)] if said else []
    if memory is not None:
        evidence.append(Evidence("/proc/meminfo", f"{memory[1] // 1024} of {memory[0] // 1024} MB are available"))
    yield FAULT.finding(
        f"{unit.unit} was killed for want of memory",
        *evidence,
        severity=seen.severity if dead else Severity.WARNING,
        safety=Safety.CONFIRM if dead and unit.memory_max else Safety.ADVICE,
        advice="Give the host more memory, run fewer workers, or let the application hold less for each socket.",
    )


def _size(most: int | None) -> str:
    return "infinity" if most is None else f"{most // _MEGABYTE}M"


def cure(seen: Seen, finding: Finding) -> Iterator[Edit | Action]:
    """Let the unit have twice the memory."""
    most = seen.unit.memory_max
    if finding.safety is Safety.CONFIRM and most:
        yield from drop_in(seen.unit, "memory", (f"MemoryMax={max(2 * most, 256 * _MEGABYTE)}",), FAULT.code)
        yield restart(seen, FAULT.code)
