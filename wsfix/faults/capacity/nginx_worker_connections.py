"""nginx's workers have no connection left.

Seen as: 500, or a connection that is cut at once, for new sockets only; those that are open go on.
Told apart: `worker_connections are not enough` in the error log since the last load, or the sockets that are open fill nine tenths of
what the workers may have. A socket takes two: one to the client, one to the backend.
Changed: `worker_connections` is raised to four times as many, and `worker_rlimit_nofile` with it. A reload loads it; the old
workers keep their sockets.
Source: ngx_core_module, worker_connections ("includes all connections"), worker_rlimit_nofile; measured with nginx 1.22.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.capacity.running_out import complaint, evidence, severity
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS436", "nginx-worker-connections", Hop.PROXY, Safety.SAFE)
LEAST, MOST = 4096, 65536
NEARLY = 0.9


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where connections ran out, or are about to."""
    room = seen.nginx.room
    line = complaint(seen, ("worker_connections are not enough",))
    held = (seen.inside.sockets or {}).get(seen.site.port, 0)
    workers = room.workers or (seen.inside.capacity.processors if seen.inside.capacity else None) or 1
    most = room.connections * workers
    full = 2 * held >= NEARLY * most and held > 0
    if line is None and not full:
        return
    said = [evidence(line)] if line else [Evidence("sockets", f"{held} connections are open to port {seen.site.port}")]
    yield FAULT.finding(
        f"nginx has too few worker_connections: {room.connections} for each of {workers}, and a socket takes two",
        *said,
        seen.at(room.position),
        severity=severity(seen, line) if line else Severity.WARNING,
        safety=Safety.SAFE if room.connections < MOST else Safety.ADVICE,
        advice="Spread the sockets over more hosts; more connections for one worker are of no use.",
    )


def cure(seen: Seen, finding: Finding) -> Iterator[Config]:
    """Let each worker have four times as many."""
    if finding.safety is Safety.SAFE:
        yield seen.nginx.allow_connections(min(MOST, max(LEAST, 4 * seen.nginx.room.connections)))
