"""Colour for a terminal, and its absence everywhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

_CODES = {"red": "31", "green": "32", "yellow": "33", "cyan": "36", "bold": "1", "dim": "2"}


@dataclass(frozen=True, slots=True)
class Paint:
    """Puts a style around a text, or leaves it as it is."""

    on: bool = False

    def __call__(self, text: str, *styles: str) -> str:
        """Return the text in these styles."""
        if not self.on or not text:
            return text
        codes = ";".join(_CODES[style] for style in styles)
        return f"\033[{codes}m{text}\033[0m"


def paint_for(stream: TextIO, environ: Mapping[str, str] | None = None) -> Paint:
    """Return colour where a person reads; NO_COLOR wins over CLICOLOR_FORCE, both over what the stream is."""
    env = os.environ if environ is None else environ
    if env.get("NO_COLOR"):
        return Paint(on=False)
    if env.get("CLICOLOR_FORCE", "0") not in {"", "0"}:
        return Paint(on=True)
    return Paint(on=stream.isatty() and env.get("TERM") != "dumb")
