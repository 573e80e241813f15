"""Another process holds the backend's port.

Seen as: the old application answers after a deployment, or another one; what keeps the backend starts it in vain.
Told apart: its log says `address already in use` (EADDRINUSE), and the port is held by a process that it does not keep.
Changed: nothing; wsfix ends no process.
Source: bind(2), EADDRINUSE; ss(8).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.keeper import keeper
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS531", "backend-port-in-use", Hop.BACKEND, Safety.ADVICE, explained_by=("nohup-ssh-session",))
_COMPLAINTS = ("address already in use", "EADDRINUSE", "Address in use")
RECENT_LINES = 20


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend's own log says so and somebody else listens there."""
    kept, port = keeper(seen), seen.port
    said = next((line for line in reversed(kept.log[-RECENT_LINES:]) if any(c in line for c in _COMPLAINTS)), None)
    holders = {pid for listener in seen.listeners(port) for pid in listener.pids}
    if said is None or not holders or holders & _own(seen, kept.pids):
        return
    processes = seen.inside.known("processes", seen.inside.processes)
    held = [processes[pid] for pid in sorted(holders) if pid in processes]
    where = ", ".join(one.unit or "no unit" for one in held) or "unknown"
    yield FAULT.finding(
        f"{kept.name} cannot listen on port {port}: it is held by another process",
        Evidence(kept.log_source, said.strip()),
        *(Evidence(f"pid {one.pid} in {one.unit or 'no unit'}", one.command or one.name) for one in held),
        severity=seen.severity,
        advice=f"End what holds port {port} through what keeps it ({where}), then {kept.again}; wsfix ends no process.",
    )


def _own(seen: Seen, pids: frozenset[int]) -> frozenset[int]:
    """Return the processes of the backend, with the workers that it started and the daemon that listens for them."""
    if seen.site.service is not None and seen.site.service.manager == "pm2":
        daemons = [one for one in seen.pm2.daemons if one.descendants & pids]
        return pids.union(
            *((one.pid,) for one in daemons if any(a.mode == "cluster_mode" for a in one.applications or ()))
        )
    processes = seen.inside.processes or {}
    return pids | {pid for pid, one in processes.items() if one.unit == seen.service.unit}
