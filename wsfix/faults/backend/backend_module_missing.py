"""The backend's code imports a package that its environment does not hold.

Seen as: 502; the backend starts and dies, most often right after a deployment.
Told apart: its log says `No module named` (Node: `Cannot find module`) about something else than what its command names; where
the command's own module is missing that is backend-wrong-entrypoint.
Changed: nothing; a package in somebody's environment is theirs. The command for that very environment is shown.
Source: Python, ModuleNotFoundError; venv; Node.js, MODULE_NOT_FOUND.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.faults.backend.keeper import Keeper, keeper
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS532", "backend-module-missing", Hop.BACKEND, Safety.ADVICE, explained_by=("gunicorn-worker-deprecated",)
)
_OF_PYTHON = re.compile(r"ModuleNotFoundError: No module named '([A-Za-z0-9_.]+)'")
_OF_NODE = re.compile(r"Cannot find (?:module|package) '((?![./])[^']+)'")
_LAST_LINES = 40


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend does not run and its last words name a package."""
    kept = keeper(seen)
    if seen.works or seen.backend_works or (kept.running and not (kept.restarts and kept.young)):
        return
    if kept.running and seen.site.backend is not None and seen.listening:
        return
    found = missing(kept)
    if found is None:
        return
    module, said, python = found
    yield FAULT.finding(
        f"{kept.name} dies at start: its environment has no {'Python module' if python else 'package'} {module}",
        Evidence(kept.log_source, said),
        Evidence(kept.command_source, kept.command),
        severity=seen.severity,
        advice=_advice(kept, module, python=python),
    )


def missing(kept: Keeper) -> tuple[str, str, bool] | None:
    """Return the module, the line that says so, and whether it is one of Python; None where none is, or it is the entry point."""
    for line in reversed(kept.log[-_LAST_LINES:]):
        python, node = _OF_PYTHON.search(line), _OF_NODE.search(line)
        if python and not _is_entry(kept.command, python[1]):
            return python[1].partition(".")[0], line.strip(), True
        if node:
            parts = node[1].split("/")
            return "/".join(parts[: 2 if node[1].startswith("@") else 1]), line.strip(), False
        if python:
            return None
    return None


def _is_entry(command: str, module: str) -> bool:
    """Whether the command itself names the module: `app.main:app`, `-m app`, `proj.asgi`."""
    top = re.escape(module.partition(".")[0])
    return re.search(rf"(?:^|[\s=]){top}(?:[.:][\w.:]*)?(?:\s|\(|$)", command) is not None


def _advice(kept: Keeper, module: str, *, python: bool) -> str:
    if not python:
        place = f" in {kept.directory}" if kept.directory else ""
        return f"Install what package.json names (`npm ci`{place}; `npm install {module}` where it is not named), then {kept.again}."
    program = kept.command.split(" ", 1)[0]
    folder = program.rpartition("/")[0]
    interpreter = f"{folder}/python" if folder else "python3"
    return (
        f"Install the package that brings `{module}`: `{interpreter} -m pip install -r requirements.txt`, or its own name, then "
        f"{kept.again}."
    )
