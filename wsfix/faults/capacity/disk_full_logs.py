"""A disk of the host is full.

Seen as: odd 500s; uploads and log-ins fail; a service that was restarted does not come back.
Told apart: df(1) gives no free block on the file system of /, /var or /tmp, or the proxy's log says `No space left on device`.
Changed: nothing; what may be deleted is for its owner to say. The commands that show it are given.
Source: write(2), ENOSPC; journalctl(1), --vacuum-size=.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.capacity.running_out import capacity, complaint, evidence
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS582", "disk-full-logs", Hop.BACKEND, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a disk is full."""
    full = next((disk for disk in capacity(seen).disks if disk.full), None)
    line = complaint(seen, ("No space left on device",))
    if full is None and line is None:
        return
    said = [Evidence(f"df {full.path}", f"0 of {full.size // 1024} MB are free")] if full else []
    said += [evidence(line)] if line else []
    yield FAULT.finding(
        f"the disk of {full.path if full else 'the proxy'} is full",
        *said,
        severity=seen.severity if full else Severity.WARNING,
        advice=f"See what fills it: `du -xh {full.path if full else '/var'} | sort -h | tail`; "
        "`journalctl --vacuum-size=200M` and logrotate free old logs.",
    )
