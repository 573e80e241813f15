"""What the rules about room ask alike: how old a line of a log is, and whether it concerns what runs now."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wsfix.faults.seen import Seen
from wsfix.model.capacity import Capacity, KernelLine
from wsfix.model.finding import Evidence, Severity
from wsfix.model.logs import LogLine

_WRITER = re.compile(r"\[\w+\] (\d+)#\d+: ")
"""nginx: `2026/11/22 03:03:39 [alert] 125#125: …`"""
DAY = 86400.0
FRESH = 900.0
"""What was logged in the last quarter of an hour may be why a socket fails now."""


def capacity(seen: Seen) -> Capacity:
    """Return the limits of the host."""
    return seen.inside.known("capacity", seen.inside.capacity)


def complaint(seen: Seen, words: Iterable[str]) -> LogLine | None:
    """Return the last line of the proxy's error log that holds one of the words, of the last day and of what runs now.

    Logs keep whole seconds: of the very second of the last load only those lines count whose process is there. Where no log could be read, that is only said of a socket that fails.
    """
    if seen.inside.logs is None and seen.works:
        return None
    logs = seen.inside.known("logs", seen.inside.logs)
    loaded = seen.inside.proxy.newest_worker if seen.inside.proxy else None
    since = max(seen.inside.clock - DAY, loaded or 0.0)
    for line in sorted(logs.errors, key=lambda one: one.when or 0.0, reverse=True):
        if line.when is None or line.when + 1.0 <= since or not any(word in line.text for word in words):
            continue
        if line.when >= since or not _is_gone(seen, line, since):
            return line
    return None


def _is_gone(seen: Seen, line: LogLine, since: float) -> bool:
    """Whether the process that wrote a line, as nginx tells it, ended or was there before the last load."""
    told = _WRITER.search(line.text)
    if told is None or seen.inside.processes is None:
        return False
    writer = seen.inside.processes.get(int(told[1]))
    return writer is None or writer.started + 1.0 < since


def kernel_said(seen: Seen, words: Iterable[str]) -> KernelLine | None:
    """Return the last line of the kernel's log of the last day that holds one of the words.

    A kernel that may not be asked, as in a container, is only missed where the socket fails.
    """
    said = capacity(seen).kernel
    if said is None and seen.works:
        return None
    lines = seen.inside.known("the kernel's log", said)
    fresh = (line for line in reversed(lines) if line.age is not None and line.age < DAY)
    return next((line for line in fresh if any(word in line.text for word in words)), None)


def severity(seen: Seen, line: LogLine | None) -> Severity:
    """An error where the socket fails and the line is fresh, else a warning."""
    if seen.works or line is None or line.when is None:
        return seen.severity if line is None else Severity.WARNING
    return Severity.ERROR if seen.inside.clock - line.when < FRESH else Severity.WARNING


def evidence(line: LogLine) -> Evidence:
    """Return a line of a log as evidence."""
    return Evidence(line.path, line.text)
