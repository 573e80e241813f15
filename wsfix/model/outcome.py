"""What became of one host's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a transaction ended."""

    UNCHANGED = "unchanged"
    FIXED = "fixed"
    PARTIAL = "partial"
    ROLLED_BACK = "rolled back"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the transaction as the host reported it."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a transaction on one host."""

    host: str
    status: Status
    transaction: str
    steps: tuple[Step, ...] = ()
    message: str = ""
    """One sentence: what happened, and in which state the host is now."""
