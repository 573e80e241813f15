"""The transactions of a host, as a look sees them: a fragment that only reads, and the lines that it prints."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from shlex import quote

from wsfix.model.inside import OpenTransaction
from wsfix.operations.script import BASE

_FIELDS = 6
_ENDED = frozenset({"confirmed", "undone"})


@dataclass(frozen=True, slots=True)
class Record:
    """One transaction that the host still remembers."""

    id: str
    state: str
    """running, waiting (for its proof), open (nobody will end it), failed (could not be put back), confirmed, undone."""
    started: float
    owner: str
    title: str


def status_fragment(*, everything: bool = False, base: str = BASE) -> str:
    """Word the part of a look that prints the open transaction, or `everything` that is remembered."""
    parts = [resources.files("wsfix.operations").joinpath(f"sh/{name}.sh") for name in ("journal", "status")]
    text = "".join(part.read_text(encoding="utf-8") for part in parts)
    return f"(\nbase={quote(base)} txn= which={'all' if everything else 'open'}\n{text})\n"


def read_records(text: str) -> tuple[Record, ...]:
    """Read the transactions out of what a look printed, the oldest first."""
    rows = (line.split("\t") for line in text.splitlines() if line.startswith("transaction\t"))
    return tuple(
        Record(id=row[1], state=row[2], started=_seconds(row[3]), owner=row[4], title=row[5])
        for row in rows
        if len(row) == _FIELDS
    )


def read_status(text: str) -> OpenTransaction | None:
    """Read the transaction that runs, or that was neither confirmed nor undone."""
    for record in reversed(read_records(text)):
        if record.state not in _ENDED:
            return OpenTransaction(record.id, record.owner, record.started, record.state)
    return None


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() else 0.0
