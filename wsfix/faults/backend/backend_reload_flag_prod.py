"""The backend runs as a developer's server: it restarts itself whenever a file is written.

Seen as: all sockets close with 1012 or 1006 at each deployment, each log file or upload beside the code.
Told apart: `--reload` stands in the command line of the listening process, or it is Django's runserver.
Changed: a note; with consent, where the command stands in a unit of systemd, a drop-in words it without `--reload`, and the
unit is restarted. What runserver should give way to is for those who own it.
Source: uvicorn, --reload; gunicorn, --reload; Django, runserver ("do not use this server in a production setting").
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.commands import without
from wsfix.faults.backend.rewording import Words, reworded, run_instead, safety
from wsfix.faults.backend.serving import serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS545", "backend-reload-flag-prod", Hop.BACKEND, Safety.CONFIRM, explained_by=("wsgi-not-asgi",))


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the listening process watches its files."""
    there = serving(seen)
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
        safety=Safety.ADVICE if dev else safety(reworded(seen, _unwatched)),
        advice="Serve it with a server for production, such as daphne or uvicorn, under a unit of systemd."
        if dev
        else "Take `--reload` out of the command that starts the backend.",
    )


def _unwatched(words: Words) -> Words:
    of_uvicorn = ["--reload-dir", "--reload-include", "--reload-exclude", "--reload-delay"]
    of_gunicorn = ["--reload-engine", "--reload-extra-file"]
    return without(words, flags=["--reload"], valued=[*of_uvicorn, *of_gunicorn])


def cure(seen: Seen, _finding: Finding) -> Iterator[Edit | Action]:
    """Run it without the watch."""
    words = reworded(seen, _unwatched)
    if words is not None:
        yield from run_instead(seen, words, FAULT.code)
