"""The kernel killed a process of this host for want of memory.

Seen as: sockets close with 1006 at once, now and then, for no reason that the application knows.
Told apart: the kernel's log says `Out of memory: Killed process` within the last day. Where the backend's own unit was hit, that
is backend-oom.
Changed: nothing; what takes the memory must be found first.
Source: proc(5), oom_score; kernel documentation, "Out Of Memory Handling".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.capacity.running_out import capacity, kernel_said
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS581", "oom-kill", Hop.BACKEND, Safety.ADVICE, explained_by=("backend-oom",))
_WORDS = ("Out of memory: Killed process", "Memory cgroup out of memory: Killed process")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the kernel said so today."""
    said = kernel_said(seen, _WORDS)
    if said is None:
        return
    memory = capacity(seen).memory
    evidence = [Evidence("kernel log", said.text)]
    if memory is not None:
        evidence.append(Evidence("/proc/meminfo", f"{memory[1] // 1024} of {memory[0] // 1024} MB are available"))
    yield FAULT.finding(
        f"the kernel killed a process for want of memory {(said.age or 0.0) / 3600:.0f} h ago",
        *evidence,
        severity=Severity.NOTE if seen.works else Severity.WARNING,
        advice="Find what takes it (`journalctl -k | grep -i oom`, `ps --sort=-rss`), give the host more memory, or fewer workers.",
    )
