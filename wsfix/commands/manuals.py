"""`wsfix explain` and `wsfix faults`: the manual of a fault, what a number means, and the list of all."""

from __future__ import annotations

import json
import re
import textwrap

from wsfix.errors import SpecError
from wsfix.faults.catalogue import Entry, catalogue, entry_of
from wsfix.model.answers import meaning_of
from wsfix.report.answers import meaning_lines
from wsfix.report.colour import Paint

_DIGITS = range(3, 5)
_PARTS = ("Seen as", "Told apart", "Changed", "Source")
_WIDEST = 110


def explain(word: str, paint: Paint, columns: int = 0) -> str:
    """Return the manual of a fault, or what a status or a close code means; raises SpecError.

    `columns` is the terminal's width, where a person reads: the manual's lines are folded to it.
    """
    if word.isascii() and word.isdecimal() and len(word) in _DIGITS:
        meaning = meaning_of(int(word))
        if meaning is None:
            raise SpecError(f"nothing is known of {word}; docs/close-codes.md lists the statuses and close codes")
        return "\n".join(meaning_lines(meaning, {e.fault.name: e.fault.code for e in catalogue()}, paint))
    entry = entry_of(word)
    if entry is None:
        raise SpecError(f"there is no fault {word!r}; `wsfix faults` lists them")
    told = _manual(entry)
    return _narrowed(told, columns) if columns else told


def _manual(entry: Entry) -> str:
    fault = entry.fault
    told = f"{fault.code} {fault.name}   hop: {fault.hop.word}   repair: {fault.safety.value}\n\n{entry.manual}"
    if fault.explained_by:
        others = f"Not the cause where one of these is found: {', '.join(fault.explained_by)}."
        told += f"\n{textwrap.fill(others, 110, break_long_words=False, break_on_hyphens=False)}"
    return told


def _narrowed(text: str, columns: int) -> str:
    """Fold what is longer than a line; a paragraph begins after an empty line, and where a part of a manual does."""
    width, folded = min(max(columns, 20), _WIDEST), list[str]()
    for part in re.split(rf"\n(?=(?:{'|'.join(_PARTS)}): |Not the cause where|\n)", text):
        lines = part.strip("\n").splitlines()
        whole = " ".join(lines) if all(not line.startswith(" ") for line in lines) else ""
        folded += [""] if not part.strip() or part.startswith("\n") else []
        folded += (
            textwrap.wrap(whole, width, break_long_words=False, break_on_hyphens=False)
            if whole.strip()
            else [line for line in lines if line]
        )
    return "\n".join(folded)


def listed() -> str:
    """Return one line for each fault, in the order of the hops."""
    entries = catalogue()
    width = max(len(entry.fault.name) for entry in entries)
    return "\n".join(
        f"{e.fault.code}  {e.fault.name:<{width}}  {e.fault.hop.word:<11}  {e.fault.safety.value:<7}" for e in entries
    )


def listed_for_programs() -> str:
    """Return the same as JSON, with what each covers."""
    rows = [
        {
            "code": e.fault.code,
            "name": e.fault.name,
            "hop": e.fault.hop.word,
            "safety": e.fault.safety.value,
            "covers": [e.fault.name, *e.fault.covers],
            "title": e.title,
        }
        for e in catalogue()
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)
