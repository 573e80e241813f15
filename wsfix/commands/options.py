"""Options of the command line that may stand with or without their number."""

from __future__ import annotations

from typing import Annotated

import typer

Idle = Annotated[
    float | None,
    typer.Option(
        "--idle",
        min=1,
        max=86400,
        metavar="[SECONDS]",
        help="Hold the socket silent for so long (65 where no number is given) and say who ends it.",
    ),
]
Delivery = Annotated[
    int | None,
    typer.Option(
        "--delivery", min=2, max=64, metavar="[N]", help="Tell one message to so many sockets (8) and count arrivals."
    ),
]
_DEFAULTS = {"--idle": "65", "--delivery": "8"}
"""Options that may stand without their number: 65 s is a little more than the usual limit of 60 s."""


def with_numbers(words: list[str]) -> list[str]:
    """Give an option that may stand alone its number, where the next word is none."""
    found: list[str] = []
    for index, word in enumerate(words, start=1):
        found.append(word)
        following = words[index] if index < len(words) else ""
        if word in _DEFAULTS and not following.replace(".", "", 1).isdecimal():
            found.append(_DEFAULTS[word])
    return found
