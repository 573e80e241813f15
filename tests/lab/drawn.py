"""Which courses a run takes: all of them when the whole is asked for, else a part that fits the time of every change."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeVar, cast

from tests.lab.image import RELEASES, Release

if TYPE_CHECKING:
    from tests.lab.breaks import Break

T = TypeVar("T")

WHOLE: Final = "whole"
EACH: Final = 8
OTHER: Final = 32
"""In the part, one course in so many is taken, and one in so many on the other release too."""


def cases(chosen: Iterable[Break], release: Release) -> Iterator[tuple[Break, Release]]:
    """Give each break on both releases, or in the part some on `release` and fewer on the other.

    Those that a system has in common with others are the matrix's: no plan of theirs is kept.
    """
    whole = os.environ.get("WSFIX_LAB") == WHOLE
    other = cast(Release, next(each for each in RELEASES if each != release))
    for number, each in enumerate(each for each in chosen if not each.wide):
        if whole or number % EACH == 0:
            yield each, release
        if whole or number % OTHER == 0:
            yield each, other


def some(every: Sequence[T], count: int) -> Sequence[T]:
    """Give all where the whole is asked for, else the first so many."""
    return every if os.environ.get("WSFIX_LAB") == WHOLE else every[:count]


def word(case: object) -> str:
    """Name a case for pytest: a release by its number, a break by its name."""
    if isinstance(case, int):
        return f"debian{case}"
    system, name = getattr(case, "system", "chat"), str(getattr(case, "name", case))
    return name if system == "chat" else f"{system}-{name}"
