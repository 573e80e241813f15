"""The page of all faults, made from their manuals."""

from __future__ import annotations

import re

from wsfix.faults.catalogue import Entry, catalogue

PARTS = ("Seen as", "Told apart", "Changed", "Source")
INTRODUCTION = """# Faults

Every fault that wsfix knows, in the order of the hops. This page is made from the docstrings in `wsfix/faults/`, which
`wsfix explain CODE` prints too; `make accept` writes it anew.

What is *safe* is repaired by itself, *confirm* needs a word (`WSFIX_CONFIRM`), *advice* is for those who own the code.
"""


def page() -> str:
    """Return the whole page."""
    entries = catalogue()
    rows = "".join(_row(entry) for entry in entries)
    table = f"| | fault | hop | repair |\n|---|---|---|---|\n{rows}"
    return "\n".join([INTRODUCTION, table, *(_section(entry) for entry in entries)])


def _row(entry: Entry) -> str:
    fault = entry.fault
    return f"| {fault.code} | [{fault.name}](#{fault.code.lower()}-{fault.name}) | {fault.hop.word} | {fault.safety.value} |\n"


def _section(entry: Entry) -> str:
    title, _, rest = entry.manual.partition("\n")
    paragraphs = re.split(rf"\n+(?=(?:{'|'.join(PARTS)}): )", f"\n{rest.strip()}")
    told = [re.sub(r"^([A-Z][a-z ]+): ", r"**\1:** ", " ".join(part.split())) for part in paragraphs if part.strip()]
    causes = entry.fault.explained_by
    if causes:
        told.append(f"Not the cause where one of these is found: {', '.join(causes)}.")
    return "\n\n".join([f"## {entry.fault.code} {entry.fault.name}", title, *told]) + "\n"
