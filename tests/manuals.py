"""The pages of the faults, made from their manuals: an index, and one page for each."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wsfix.faults.catalogue import Entry, catalogue

PARTS = ("Seen as", "Told apart", "Changed", "Source")
INDEX = "README.md"
INTRODUCTION = """# Faults

Every fault that wsfix knows, in the order of the hops. These pages are made from the docstrings in `wsfix/faults/`, which
`wsfix explain CODE` prints too; `make accept` writes them anew.

What is *safe* is repaired by itself, *confirm* needs a word (`WSFIX_CONFIRM`), *advice* is for those who own the code.
"""


def pages() -> Mapping[str, str]:
    """Return file name → page, for the whole folder."""
    entries = catalogue()
    rows = "".join(_row(entry) for entry in entries)
    table = f"| | fault | hop | repair |\n|---|---|---|---|\n{rows}"
    return {INDEX: f"{INTRODUCTION}\n{table}"} | {file_of(entry): _page(entry) for entry in entries}


def file_of(entry: Entry) -> str:
    """Return the name of a fault's page."""
    return f"{entry.fault.name}.md"


def _row(entry: Entry) -> str:
    fault = entry.fault
    return f"| {fault.code} | [{fault.name}]({file_of(entry)}) | {fault.hop.word} | {fault.safety.value} |\n"


def _page(entry: Entry) -> str:
    fault = entry.fault
    title, _, rest = entry.manual.partition("\n")
    paragraphs = re.split(rf"\n+(?=(?:{'|'.join(PARTS)}): )", f"\n{rest.strip()}")
    told = [re.sub(r"^([A-Z][a-z ]+): ", r"**\1:** ", " ".join(part.split())) for part in paragraphs if part.strip()]
    if fault.explained_by:
        causes = ", ".join(f"[{name}]({name}.md)" for name in fault.explained_by)
        told.append(f"Not the cause where one of these is found: {causes}.")
    if fault.covers:
        told.append(f"Also covers: {', '.join(fault.covers)}.")
    told.append(f"{fault.code} · {fault.hop.word} · {fault.safety.value} · [all faults]({INDEX})")
    return "\n\n".join([f"# {fault.code} {fault.name}", title, *told]) + "\n"
