"""The application's own files and those of its page, read by their syntax."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from wsfix.drivers import python
from wsfix.drivers.python import Program, Words
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.application import Source
from wsfix.model.finding import Evidence
from wsfix.redact import mask_text, printable

T = TypeVar("T")
_SHOWN = 200


def _all(seen: Seen) -> tuple[Source, ...]:
    return tuple(seen.inside.known("application-files", seen.inside.sources).values())


def directory_of(seen: Seen) -> str | None:
    """Return where the application lies: as the inventory says, else where its unit runs it; None where neither tells."""
    if seen.site.directory is not None or seen.site.service is None:
        return seen.site.directory
    unit = (seen.inside.services or {}).get(seen.site.service.unit)
    where = unit.working_directory.rstrip("/") if unit is not None else ""
    return where or None


def programs(seen: Seen) -> tuple[tuple[Source, Program], ...]:
    """Return the Python modules of the application's directory; none where nobody tells it."""
    directory = directory_of(seen)
    if directory is None:
        return ()
    held = [each for each in _all(seen) if each.path.startswith(f"{directory}/") and each.path.endswith(".py")]
    read = [(source, python.read(source.text)) for source in held if source.whole]
    return tuple((source, program) for source, program in read if program is not None)


def found(seen: Seen, part: Callable[[Program], Words | None]) -> tuple[Source, Words] | None:
    """Return the first module that says something, and what it says."""
    for source, program in programs(seen):
        words = part(program)
        if words is not None:
            return source, words
    return None


def page_sources(seen: Seen) -> tuple[Source, ...]:
    """Return the files of the page that opens the socket."""
    client = seen.site.client
    if client is None or not client.files:
        raise NotApplicable
    return tuple(
        source
        for source in _all(seen)
        if any(source.path == path or source.path.startswith(f"{path.rstrip('/')}/") for path in client.files)
    )


def line_of(source: Source, line: int) -> Evidence:
    """Return a line as evidence."""
    return Evidence(f"{source.path}:{line}", printable(mask_text(source.at(line)), _SHOWN))
