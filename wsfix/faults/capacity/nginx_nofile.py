"""nginx's workers may open too few files.

Seen as: new sockets are refused, cut, or answered with 500; those that are open go on.
Told apart: `Too many open files` (EMFILE) in nginx's error log since the last load, and not `worker_connections are not enough`.
Changed: `worker_rlimit_nofile` is set to twice what the workers' connections need. A reload loads it; the old workers keep their
sockets.
Source: ngx_core_module, worker_rlimit_nofile; accept(2), EMFILE.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.capacity.running_out import complaint, evidence, severity
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS492", "nginx-nofile", Hop.PROXY, Safety.SAFE)
LEAST = 8192


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where nginx said so, and its limit is not large already."""
    room = seen.nginx.room
    line = complaint(seen, ("Too many open files",))
    if line is None:
        return
    set_to = f"worker_rlimit_nofile is {room.files}" if room.files else "worker_rlimit_nofile is not set"
    yield FAULT.finding(
        f"nginx's workers may open too few files: {set_to}",
        evidence(line),
        seen.at(room.position),
        severity=severity(seen, line),
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Let each worker open twice what its connections need."""
    room = seen.nginx.room
    yield seen.nginx.allow_files(max(LEAST, 2 * room.connections, 2 * (room.files or 0)))
