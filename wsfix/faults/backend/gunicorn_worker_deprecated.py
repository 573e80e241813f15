"""gunicorn is told to use uvicorn's own worker class, which uvicorn has given away.

Seen as: nothing yet; after an upgrade of uvicorn gunicorn no longer starts, and 502 follows. Options such as the largest message or
the ping interval cannot be set by it.
Told apart: the worker class is `uvicorn.workers.…`. While it still loads this is a note; where the log says that there is no such
module, it is why nothing runs.
Changed: nothing; the package uvicorn-worker must be in the application's environment. Both lines are shown.
Source: uvicorn, release notes of 0.30 ("Deprecate the uvicorn.workers module"); uvicorn-worker.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.frameworks import recognise
from wsfix.faults.backend.keeper import keeper
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS507", "gunicorn-worker-deprecated", Hop.BACKEND, Safety.ADVICE)
_GONE = ("No module named 'uvicorn.workers'", "No module named uvicorn.workers")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the command names the old class."""
    kept = keeper(seen)
    running = recognise(kept.command)
    if running is None or not running.worker.startswith("uvicorn.workers."):
        return
    said = next((line.strip() for line in reversed(kept.log) if any(word in line for word in _GONE)), "")
    broken = bool(said) and not seen.works and not (kept.running and seen.listening)
    evidence = [Evidence(kept.command_source, kept.command)]
    evidence += [Evidence(kept.log_source, said)] if broken else []
    program = kept.command.split(" ", 1)[0].rpartition("/")[0]
    yield FAULT.finding(
        f"gunicorn is told to use {running.worker}, "
        + ("which this uvicorn no longer has" if broken else "which uvicorn has deprecated"),
        *evidence,
        severity=seen.severity if broken else Severity.NOTE,
        advice=f"`{f'{program}/python' if program else 'python3'} -m pip install uvicorn-worker`, and name "
        f"`-k uvicorn_worker.{running.worker.rpartition('.')[2]}` in the command.",
    )
