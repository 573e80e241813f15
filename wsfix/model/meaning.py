"""One status or close code, and what it says of a WebSocket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """One status or code."""

    number: int
    name: str
    means: str
    """What it says of a WebSocket, in one or two sentences."""
    faults: tuple[str, ...] = ()
    """The faults that give it, those first that are asked first."""
    source: str = "RFC 9110"


def table(*meanings: Meaning) -> Mapping[int, Meaning]:
    """Return the meanings by their numbers."""
    return {each.number: each for each in meanings}
