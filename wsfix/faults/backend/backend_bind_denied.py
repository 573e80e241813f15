"""The backend may not open the port that it is told to listen on.

Seen as: 502; the backend dies at its start.
Told apart: its log says `permission denied` (EACCES) about binding, not `address already in use`; ports below 1024 are
root's, and the backend's user is another one.
Changed: a drop-in gives the unit the one right to bind low ports (CAP_NET_BIND_SERVICE), with consent; then it is started.
Source: bind(2), EACCES; capabilities(7), CAP_NET_BIND_SERVICE; systemd.exec(5), AmbientCapabilities=.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.keeper import keeper
from wsfix.faults.backend.unitfile import down, drop_in, restart
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS519", "backend-bind-denied", Hop.BACKEND, Safety.CONFIRM)
_WORDS = ("EACCES", "permission denied", "Permission denied")
_ABOUT = ("bind", "listen EACCES", "address (", "listen(")
_LOW = 1024
RECENT_LINES = 20


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend is down and its last words are about a port that it may not have."""
    kept = keeper(seen)
    if seen.works or (kept.running and not kept.restarts) or seen.listening:
        return
    said = next((line.strip() for line in reversed(kept.log[-RECENT_LINES:]) if _refused(line)), None)
    if said is None:
        return
    ours = seen.site.service is not None and seen.site.service.manager == "systemd" and down(seen)
    low = seen.port < _LOW
    yield FAULT.finding(
        f"{kept.name} is not allowed to listen on its port",
        Evidence(kept.log_source, said),
        Evidence(kept.command_source, kept.command),
        severity=seen.severity,
        safety=Safety.CONFIRM if ours and low else Safety.ADVICE,
        advice="Let it listen on a port from 1024 on, where the proxy looks for it, or give it `AmbientCapabilities="
        f"CAP_NET_BIND_SERVICE`, then {kept.again}.",
    )


def _refused(line: str) -> bool:
    return any(word in line for word in _WORDS) and any(word in line for word in _ABOUT)


def cure(seen: Seen, finding: Finding) -> Iterator[Edit | Action]:
    """Give the unit the right to bind low ports."""
    if finding.safety is Safety.CONFIRM:
        yield from drop_in(seen.unit, "bind", ("AmbientCapabilities=CAP_NET_BIND_SERVICE",), FAULT.code)
        yield restart(seen, FAULT.code)
