"""gunicorn is told to use a worker class that its environment does not hold.

Seen as: 502; gunicorn writes `class uri … invalid or not found` and ends, most often after an upgrade or in a new environment.
Told apart: its log names the class. Where the log also names the module that is missing, that is backend-module-missing; for the
class that uvicorn gave away it is gunicorn-worker-deprecated.
Changed: nothing; which worker the application is written for is its own affair. Both lines are shown.
Source: gunicorn, "Settings" (worker_class) and its changelog (the eventlet worker was removed).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.faults.backend.keeper import keeper
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS560",
    "gunicorn-worker-missing",
    Hop.BACKEND,
    Safety.ADVICE,
    explained_by=("backend-module-missing", "gunicorn-worker-deprecated"),
)
_INVALID = re.compile(r"class uri '(?P<uri>[^']+)' invalid or not found")
_BROUGHT_BY = {"gevent": "gevent", "geventwebsocket": "gevent-websocket", "uvicorn_worker": "uvicorn-worker"}


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where it does not run, and says so."""
    kept = keeper(seen)
    if seen.works or seen.backend_works or (kept.running and seen.listening):
        return
    found = next((match for line in reversed(kept.log) if (match := _INVALID.search(line))), None)
    if found is None:
        return
    package = _BROUGHT_BY.get(found["uri"].partition(".")[0])
    program = kept.command.split(" ", 1)[0].rpartition("/")[0]
    install = f"`{f'{program}/python' if program else 'python3'} -m pip install {package}`, or " if package else ""
    yield FAULT.finding(
        f"gunicorn does not know the worker class {found['uri']}, and ends",
        Evidence(kept.log_source, found.string.strip()),
        Evidence(kept.command_source, kept.command),
        severity=seen.severity,
        advice=f"{install or 'Install what brings it into that environment, or '}name one that is there after `-k` (gthread, gevent, "
        f"uvicorn_worker.UvicornWorker), then {kept.again}.",
    )
