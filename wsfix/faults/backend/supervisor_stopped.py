"""supervisor keeps the backend, and has it stopped or gave it up.

Seen as: 502 at once; connection refused straight at the port.
Told apart: nothing listens on the backend's port, and `supervisorctl status` has its program as STOPPED, EXITED, FATAL or BACKOFF.
Changed: the program is started; one that supervisor gave up (FATAL) only with consent, since it died at every start.
Source: supervisord, "Subprocess: Process States"; supervisorctl(1), start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.faults.backend.restarting import RESTART_RANK, then_listens
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.supervisor import Supervised

FAULT = Fault("WS516", "supervisor-stopped", Hop.BACKEND, Safety.SAFE)
_DOWN = frozenset({"STOPPED", "EXITED", "FATAL", "BACKOFF"})
_GIVEN_UP = frozenset({"FATAL", "BACKOFF"})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the site's program is down and its port is free."""
    if seen.works or seen.listening:
        return
    held = seen.inside.known("supervisor", seen.inside.supervised)
    if _kept_elsewhere(seen):
        return
    program = next((one for one in held if one.state in _DOWN and _ours(seen, one)), None)
    if program is None:
        return
    given_up = program.state in _GIVEN_UP
    evidence = [Evidence("supervisorctl status", f"{program.name} {program.state} {program.said}".strip())]
    evidence += [Evidence(program.place, program.command or f"[program:{program.name}]")] if program.place else []
    yield FAULT.finding(
        f"supervisor has {program.name} {'given up' if given_up else 'stopped'}, and nothing listens on {seen.backend.words}",
        *evidence,
        severity=seen.severity,
        safety=Safety.CONFIRM if given_up else Safety.SAFE,
        subject=program.name,
    )


def _kept_elsewhere(seen: Seen) -> bool:
    """Whether the inventory names another keeper, and that one knows the application: two would fight for the port."""
    service = seen.site.service
    if service is None:
        return False
    unit = (seen.inside.services or {}).get(service.unit)
    return service.manager == "pm2" or (unit is not None and unit.load == "loaded")


def _ours(seen: Seen, program: Supervised) -> bool:
    """Whether the program is the site's: by its name, its port, or its directory."""
    service = seen.site.service.name.removesuffix(".service") if seen.site.service else ""
    if program.name.rpartition(":")[2] in {seen.site.name, service} - {""}:
        return True
    by_port = re.search(rf"(?<!\d){seen.port}(?!\d)", program.command) is not None
    directory = seen.backend.directory
    return by_port or (directory is not None and directory == program.directory.rstrip("/"))


def cure(seen: Seen, finding: Finding) -> Iterator[Action]:
    """Start the program."""
    name = finding.subject
    yield Action(
        do=then_listens(seen, f"supervisorctl start {name}"),
        undo=f"supervisorctl stop {name}",
        title=f"start {name} of supervisor",
        cost="nothing is connected",
        faults=(FAULT.code,),
        rank=RESTART_RANK,
    )
