"""What a case says of the application's files, of its processes, and of the page's env file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wsfix.model.application import Source
from wsfix.model.inside import EnvFile, EnvLine, Process

WRITTEN = 800.0


def sources(said: dict[str, Any]) -> dict[str, Source]:
    """Return the files: a list of lines for a whole one, `{"pieces": [[line, text]], "modified": …}` for a built one."""
    return {path: _source(path, held) for path, held in said.get("sources", {}).items()}


def _source(path: str, held: list[str] | dict[str, Any]) -> Source:
    if isinstance(held, list):
        return Source(path, tuple(enumerate(held, start=1)), whole=True, modified=WRITTEN)
    pieces = tuple((number, text) for number, text in held["pieces"])
    return Source(path, pieces, whole=False, modified=held.get("modified", WRITTEN))


def others(said: dict[str, Any]) -> dict[int, Process]:
    """Return further processes: pid → command, or a record of a process."""
    found = {}
    for pid, held in said.get("others", {}).items():
        record = {"command": held} if isinstance(held, str) else held
        base = {
            "name": "python3",
            "cwd": "/opt/chat",
            "exe": "",
            "user": "chat",
            "unit": "other.service",
            "started": 900.0,
        }
        found[int(pid)] = Process(pid=int(pid), **{**base, **record})
    return found


def page_env(said: dict[str, Any], salted: Callable[[str], str]) -> dict[str, EnvFile]:
    """Return the page's env file, if the case has one: its values are public."""
    held = said.get("page_env")
    if held is None:
        return {}
    values = held.get("values")
    lines = tuple(
        EnvLine(n, key, salted(value), value) for n, (key, value) in enumerate((values or {}).items(), start=1)
    )
    file = EnvFile(held["path"], values is not None, lines, "22", 0o644, modified=held.get("modified", 700.0))
    return {file.path: file}
