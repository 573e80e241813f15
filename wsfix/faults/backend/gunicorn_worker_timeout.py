"""gunicorn kills the worker that holds the sockets: it takes it for hung.

Seen as: all sockets of a worker close with 1006, every 30 s or whatever --timeout says.
Told apart: `WORKER TIMEOUT` in the log. A worker of the kinds sync and gthread that serves a socket says nothing to its master
meanwhile; one with an event loop is killed only where something blocks the loop.
Changed: nothing; either the worker's kind or its time is wrong. The option is shown.
Source: gunicorn, --timeout ("Workers silent for more than this many seconds are killed and restarted").
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.frameworks import recognise
from wsfix.faults.backend.keeper import keeper
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS508",
    "gunicorn-worker-timeout",
    Hop.BACKEND,
    Safety.ADVICE,
    explained_by=("gunicorn-sync-worker", "wsgi-not-asgi", "backend-event-loop-blocked"),
)
_DEFAULT = "30"


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the master said so."""
    kept = keeper(seen)
    running = recognise(kept.command)
    said = next((line.strip() for line in reversed(kept.log) if "WORKER TIMEOUT" in line), None)
    if said is None or running is None or running.server.name != "gunicorn":
        return
    seconds = running.option("-t", "--timeout") or _DEFAULT
    yield FAULT.finding(
        f"gunicorn kills workers that are silent for {seconds} s, and every socket of theirs with them",
        Evidence(kept.log_source, said),
        Evidence(kept.command_source, kept.command),
        severity=Severity.WARNING if seen.works or seen.backend_works else Severity.ERROR,
        advice="Find what blocks the event loop (`py-spy dump --pid PID` shows it)."
        if running.asgi
        else "Use a worker that can wait, such as `-k gevent` or `-k uvicorn_worker.UvicornWorker` for ASGI, or `--timeout 0`.",
    )
