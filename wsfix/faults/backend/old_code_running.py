"""The backend's code was changed after its process was started: what runs is not what lies on the disk.

Seen as: a fix that is there and does nothing; the old answers after a deployment.
Told apart: the youngest program text in the unit's working directory is younger than the process. A server that watches its
files (--reload) starts by itself.
Changed: a restart, with consent: it drops every open socket.
Source: systemd.exec(5), WorkingDirectory=; proc(5), starttime.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from wsfix.drivers.frameworks import Meaning, recognise
from wsfix.faults.backend.restarting import restart
from wsfix.faults.backend.serving import told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS513",
    "old-code-running",
    Hop.BACKEND,
    Safety.CONFIRM,
    explained_by=(
        "env-not-loaded",
        "env-value-wrong",
        "asgi-no-ws-library",
        "asgi-ws-none",
        "wsgi-not-asgi",
        "gunicorn-sync-worker",
        "auth-token-expired",
        "auth-token-unavailable",
        "auth-missing-token",
        "origin-not-allowed-channels",
        "origin-not-allowed-sio-py",
        "origin-check-generic",
        "trusted-host-400",
    ),
)
SLACK_SECONDS = 2.0
_OF_CODE = frozenset({Meaning.NO_ROUTE, Meaning.NO_ROUTE_OR_REFUSED, Meaning.NOT_UPGRADED, Meaning.FAILED})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a program text is younger than the process that runs it."""
    unit = seen.unit
    process = seen.inside.known("processes", seen.inside.processes).get(unit.main_pid)
    if not unit.running or process is None or unit.newest is None:
        return
    running = recognise(process.command)
    watched = running is not None and (
        running.option("--reload") is not None
        or (running.server.name == "runserver" and running.option("--noreload") is None)
    )
    if watched or unit.newest.modified <= process.started + SLACK_SECONDS:
        return
    blamed = not seen.works and not seen.backend_works and seen.observation.backend is not None
    yield FAULT.finding(
        f"{unit.newest.path} is younger than the process of {unit.unit}: the old code runs",
        Evidence(unit.newest.path, f"written {_time(unit.newest.modified)}"),
        Evidence(f"pid {process.pid}", f"started {_time(process.started)}"),
        severity=Severity.ERROR if blamed and told(seen) in _OF_CODE else Severity.NOTE,
        advice=f"`systemctl restart {unit.unit}` at a quiet moment.",
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def cure(seen: Seen, finding: Finding) -> Iterator[Action]:
    """Restart it."""
    if finding.severity is not Severity.NOTE:
        yield from restart(seen, FAULT.code)
