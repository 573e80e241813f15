"""One row of the matrix: what was injected, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How right wsfix named the cause, before anything was repaired."""

    FIRST = "first"
    AMONG = "among"
    MISSED = "missed"
    WRONG = "wrong"


class Step(StrEnum):
    """How a step went."""

    YES = "yes"
    NO = "no"
    ADVICE = "advice"
    """Others have to do it; nothing was changed."""
    NOTHING = "-"
    """There was nothing to do."""


@dataclass(frozen=True)
class Row:
    """One injection of one fault, or of two at once."""

    system: str
    release: int
    injected: tuple[str, ...]
    """The breaks."""
    expected: tuple[str, ...]
    """The faults that wsfix has to name."""
    named: tuple[str, ...]
    """The causes that it named, before the first repair and before the second."""
    others: tuple[str, ...]
    """What else it found above a note."""
    verdict: Verdict
    repaired: Step
    proved: Step
    undone: Step
    seconds: float
    trouble: str = ""
    """What went wrong, in one line."""


@dataclass(frozen=True)
class Health:
    """A look at a healthy host."""

    system: str
    release: int
    findings: tuple[str, ...]
    """Everything above a note: each is a false one."""
    healthy: bool


def verdict(cause: str | None, found: tuple[str, ...], expected: tuple[str, ...]) -> Verdict:
    """Judge what was named: the cause, else the first thing found above a note."""
    first = cause or (found[0] if found else None)
    if first in expected:
        return Verdict.FIRST
    if set(expected) & set(found):
        return Verdict.AMONG
    return Verdict.MISSED if first is None else Verdict.WRONG
