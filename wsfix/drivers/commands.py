"""The command line of a server process as words: options taken out, put in, or the whole made anew. Pure text."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=~{}$\[\]-]+")
LONGEST = 390
"""The look cuts a command at 400 signs; one that may have been cut is not worded anew."""


def plain_words(command: str) -> tuple[str, ...] | None:
    """Return the words of a command; None where a word may hold a blank, a quote or a hidden value, or it may be cut.

    `systemctl show` joins the arguments with blanks and leaves their quotes out, so only plain words are certain.
    """
    words = tuple(command.split())
    if not words or len(command) >= LONGEST or not words[0].startswith("/"):
        return None
    return words if all(_PLAIN.fullmatch(word) for word in words) else None


def without(words: Iterable[str], flags: Iterable[str] = (), valued: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the words without these flags and without these options and their values, however they are written."""
    alone, with_value = frozenset(flags), frozenset(valued)
    kept: list[str] = []
    skip = False
    for word in words:
        name, equals, _ = word.partition("=")
        if skip:
            skip = False
        elif word in alone:
            continue
        elif name in with_value:
            skip = not equals
        elif len(word) > 2 and word[:2] in with_value and not word.startswith("--"):  # noqa: PLR2004 - `-w4`
            continue
        else:
            kept.append(word)
    return tuple(kept)


def replaced(words: Iterable[str], before: str, after: str) -> tuple[str, ...]:
    """Return the words with one of them exchanged."""
    return tuple(after if word == before else word for word in words)


def for_a_unit(words: Iterable[str]) -> str:
    """Return the words as ExecStart= takes them: `%` begins a specifier (systemd.unit(5))."""
    return " ".join(words).replace("%", "%%")
