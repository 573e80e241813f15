"""The reference of statuses and close codes: for a terminal, and as the page of the documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wsfix.model.closes import CODES
from wsfix.model.meaning import Meaning
from wsfix.model.statuses import STATUSES
from wsfix.report.colour import Paint
from wsfix.report.text import folded

_WIDTH = 80
_KIND = {True: "close code", False: "status"}


def meaning_lines(meaning: Meaning, codes: Mapping[str, str], paint: Paint) -> list[str]:
    """Return what a number means; `codes` gives the code of each fault's name."""
    kind = _KIND[meaning.number >= 1000]  # noqa: PLR2004
    lines = [f"{paint(str(meaning.number), 'bold')} {paint(meaning.name, 'bold')}   {kind}", ""]
    lines += folded(meaning.means, _WIDTH)
    if meaning.faults:
        lines += ["", "Faults that give it:"]
        lines += [f"  {codes[name]}  {name}" for name in meaning.faults]
    return [*lines, "", *folded(f"Source: {meaning.source}.", _WIDTH)]


def page(folder: str, codes: Mapping[str, str]) -> str:
    """Return the page; `folder` is where the faults' own pages lie, seen from it."""
    return "\n".join(
        [
            "# Statuses and close codes",
            "",
            "What the answer to a handshake and the code of a close mean here, and which faults give them. The page is made",
            "from `wsfix/model/statuses.py` and `wsfix/model/closes.py`, which `wsfix explain 1006` prints too; `make accept`",
            "writes it anew.",
            "",
            "A browser never shows a page the status of a handshake that failed: whatever happened, its script gets 1006 and",
            "no reason. That is why wsfix asks by itself, at each place, and compares.",
            "",
            "## Statuses of the handshake",
            "",
            *_table(STATUSES.values(), folder, codes),
            "",
            "## Close codes",
            "",
            *_table(CODES.values(), folder, codes),
            "",
            "Codes from 4000 to 4999 are an application's own (RFC 6455 section 7.4.2).",
            "",
        ]
    )


def _table(meanings: Iterable[Meaning], folder: str, codes: Mapping[str, str]) -> list[str]:
    rows = ["| | name | what it means here | faults that give it | source |", "|---|---|---|---|---|"]
    for each in meanings:
        links = "<br>".join(f"[{codes[name]}&nbsp;{name}]({folder}/{name}.md)" for name in each.faults)
        rows.append(f"| {each.number} | {each.name} | {each.means} | {links} | {each.source} |")
    return rows
