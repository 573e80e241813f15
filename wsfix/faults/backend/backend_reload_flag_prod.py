"""The backend runs as a developer's server: it restarts itself whenever a file is written.

Seen as: all sockets close with 1012 or 1006 at each deployment, each log file or upload beside the code.
Told apart: `--reload` stands in the command line of the listening process, or it is Django's runserver.
Changed: nothing; a note. The word to take out is shown.
Source: uvicorn, --reload; gunicorn, --reload; Django, runserver ("do not use this server in a production setting").
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.serving import serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS545", "backend-reload-flag-prod", Hop.BACKEND, Safety.ADVICE, explained_by=("wsgi-not-asgi",))


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the listening process watches its files."""
    there = serving(seen, seen.backend.port)
    if there is None:
        return
    dev = there.running.server.name == "runserver"
    watches = there.running.option("--noreload") is None if dev else there.running.option("--reload") is not None
    if not dev and not watches:
        return
    yield FAULT.finding(
        f"{there.running.words} watches its files and drops every socket when one is written"
        if watches
        else f"{there.running.words} is a server for development",
        there.evidence,
        severity=Severity.NOTE,
        advice="Serve it with a server for production, such as daphne or uvicorn, under a unit of systemd."
        if dev
        else "Take `--reload` out of the command that starts the backend.",
    )
