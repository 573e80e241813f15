"""The backend's service is stopped.

Seen as: 502 at once through nginx, 503 through Apache, connection refused straight at the port.
Told apart: nothing listens on the backend's port, and what keeps it says that it is stopped and did not fail by itself: the
unit is inactive, or PM2 has it stopped, does not know it, or does not run. A unit that somebody had stopped and whose process
then ended with what systemd calls a failure (a JVM with 143, one that was killed when its time was up) is stopped, too.
Changed: it is started through its manager, never by hand: the unit; or what PM2 keeps by its name, from the ecosystem file,
from the saved list, or the whole daemon by its startup unit. What PM2 gave up is started only with consent.
Source: systemctl(1), start; PM2, "Managing Applications", "Startup Script".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wsfix.faults.backend.keeper import Keeper, keeper
from wsfix.faults.backend.ours import Ours, ours
from wsfix.faults.backend.restarting import RESTART_RANK, save, then_listens
from wsfix.faults.backend.systemd_start_limit import gave_up
from wsfix.faults.backend.systemd_start_skipped import skipped
from wsfix.faults.backend.unitfile import dies_at_start
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS503",
    "backend-not-running",
    Hop.BACKEND,
    Safety.SAFE,
    explained_by=(
        "backend-wrong-entrypoint",
        "backend-module-missing",
        "django-apps-not-loaded",
        "gunicorn-worker-deprecated",
        "gunicorn-worker-missing",
        "backend-bind-denied",
        "backend-oom",
        "systemd-exec-failed",
        "systemd-env-file-missing",
        "systemd-masked",
        "systemd-start-skipped",
        "systemd-type-mismatch",
        "systemd-no-restart",
        "systemd-start-limit",
        "supervisor-stopped",
        "backend-crash-loop",
        "pm2-wrong-name",
        "pm2-wrong-user-daemon",
        "nohup-ssh-session",
    ),
    covers=("apache-backend-down-503",),
)


@dataclass(frozen=True, slots=True)
class _Start:
    """A way to start, and the way back."""

    do: str
    undo: str
    title: str


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where what keeps the backend has it at rest."""
    kept = keeper(seen)
    if not kept.at_rest:
        return
    listening = seen.listening
    if listening and _started_by_a_connection(seen):
        return
    evidence = [Evidence(kept.name, kept.state)]
    if seen.site.backend is None:
        pass  # then nobody knows where it should listen
    elif listening:
        evidence.append(Evidence("listeners", f"{seen.backend.words} is held by a process of another unit"))
    else:
        evidence.append(Evidence("listeners", f"nothing listens on {seen.backend.words}"))
    startable = not listening and bool(_ways(seen, kept))
    given_up = startable and kept.death == "PM2 gave up"
    yield FAULT.finding(
        f"{kept.name} is not running",
        *evidence,
        severity=Severity.WARNING if seen.works else Severity.ERROR,
        safety=Safety.CONFIRM if given_up else Safety.SAFE if startable else Safety.ADVICE,
        advice="" if startable else _advice(seen),
    )


def _started_by_a_connection(seen: Seen) -> bool:
    """Whether a socket unit listens in its place (systemd.socket(5))."""
    service = seen.site.service
    return service is not None and service.manager == "systemd" and bool(seen.unit.sockets)


def _advice(seen: Seen) -> str:
    if seen.site.service is not None and seen.site.service.manager == "pm2":
        return (
            "Name the ecosystem file that it is started from in service.ecosystem, or correct service.name or service.user "
            "in the inventory; wsfix kills no process."
        )
    unit = seen.service.unit
    if dies_at_start(seen):
        return f"Mend what ended it, then `systemctl reset-failed {unit}; systemctl start {unit}`."
    return f"Give the backend a unit named {unit}, or correct service.name in the inventory; wsfix kills no process."


def _ways(seen: Seen, kept: Keeper) -> list[_Start]:
    """Return what starts it, in order; nothing where nobody on the host knows how."""
    if seen.site.service is not None and seen.site.service.manager == "pm2":
        return _of_pm2(seen, ours(seen))
    unit = seen.service.unit
    if not kept.exists or seen.unit.load != "loaded" or dies_at_start(seen) or gave_up(seen.unit) or skipped(seen.unit):
        return []
    first = next(iter(seen.unit.sockets), unit)
    return [_Start(f"systemctl start {first}", f"systemctl stop {first}", f"start {first}")]


def _of_pm2(seen: Seen, held: Ours) -> list[_Start]:
    """Where PM2 knows it, by its name; else from its file, or from the saved list; first of all the daemon itself."""
    if _kept_elsewhere(held):
        return []  # a second one would only fight for the port
    cli, name = held.cli, held.name
    if held.applications:
        return [_Start(cli.start(name), cli.stop(name), f"start {name} of PM2")]
    unit = (seen.inside.services or {}).get(held.service.unit)
    if held.daemon is None and (unit is None or unit.load != "loaded"):
        # where this plan makes the startup unit, the daemon is born in it; else PM2 itself brings it up
        return _anew(held, f"systemctl restart {held.service.unit} 2>/dev/null; ", cli.kill())
    if held.daemon is not None or unit is None:
        return _anew(held, "", cli.delete(name))
    daemon = _Start(
        f"systemctl restart {unit.unit}", f"systemctl stop {unit.unit}", f"start {unit.unit}, {held.user}'s PM2"
    )
    return [daemon, *([] if name in held.saved.names else _anew(held, "", cli.delete(name)))]


def _kept_elsewhere(held: Ours) -> bool:
    others = [daemon for daemon in held.pm2.daemons if daemon != held.daemon]
    return any(one.name == held.name for daemon in others for one in daemon.applications or ())


def _anew(held: Ours, first: str, undo: str) -> list[_Start]:
    """Return how an application that PM2 does not know gets known to it."""
    cli, name = held.cli, held.name
    if held.declared is not None:
        return [_Start(f"{first}{cli.start_file(held.file, name)}", undo, f"start {name} of PM2 from {held.file}")]
    if name in held.saved.names:
        title = f"start what {held.user}'s PM2 has saved (pm2 resurrect)"
        return [_Start(f"{first}{cli.resurrect()}", undo, title)]
    return []


def cure(seen: Seen, finding: Finding) -> Iterator[Action]:
    """Start it."""
    if finding.safety is Safety.ADVICE:
        return
    ways = _ways(seen, keeper(seen))
    for place, way in enumerate(ways):
        last = place == len(ways) - 1
        yield Action(
            do=then_listens(seen, way.do) if last else way.do,
            undo=way.undo,
            title=way.title,
            cost="nothing is connected",
            faults=(FAULT.code,),
            rank=RESTART_RANK,
        )
    if seen.site.service is None or seen.site.service.manager != "pm2" or finding.safety is Safety.CONFIRM:
        return
    if _must_be_saved(ours(seen)):
        yield from save(seen, FAULT.code)


def _must_be_saved(held: Ours) -> bool:
    """Whether the next boot would bring it up otherwise than it runs then: it is not saved, saved as stopped, or older."""
    if held.name not in held.saved.names:
        return True
    return bool(held.applications) and held.saved.differs.get(held.name, "") != "state"
