"""How many sockets the host can hold, as a person and as a program reads it."""

from __future__ import annotations

import textwrap
from typing import Any

from wsfix.model.finding import Diagnosis
from wsfix.redact import mask_text, visible
from wsfix.report.colour import Paint

WIDTH = 80
MOST_SHOWN = 3
MANY = 1000
"""Numbers beyond it are rounded: the estimate is no finer."""


def room_lines(diagnosis: Diagnosis, paint: Paint) -> list[str]:
    """Return the section; nothing where the host was not looked at."""
    room = diagnosis.capacity
    if room is None:
        return []
    first, *others = room.bounds
    told = f"this host can hold about {_rounded(first.sockets)} sockets at once, because of {first.name}: {first.why}"
    lines = ["", paint("  room", "bold"), *_wrapped(told, "    ")]
    for bound in others[: MOST_SHOWN - 1]:
        lines += [
            paint(line, "dim")
            for line in _wrapped(f"then {_rounded(bound.sockets)}: {bound.name}, {bound.why}", "    ")
        ]
    return lines


def _rounded(number: int) -> str:
    if number < MANY:
        return str(number)
    step = 10 ** (len(str(number)) - 2)
    return f"{number // step * step:,}"


def _wrapped(text: str, lead: str) -> list[str]:
    said = visible(mask_text(text))
    return [f"{lead}{line}" for line in textwrap.wrap(said, WIDTH - len(lead), break_on_hyphens=False)]


def room_document(diagnosis: Diagnosis) -> dict[str, Any] | None:
    """Return the same for programs, with every bound."""
    room = diagnosis.capacity
    if room is None:
        return None
    bounds = [{"sockets": one.sockets, "name": one.name, "why": mask_text(one.why)} for one in room.bounds]
    return {"sockets": room.sockets, "bounds": bounds}
