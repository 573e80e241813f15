"""The configuration points of a site as a table of eight rows."""

from __future__ import annotations

import textwrap
from typing import Any

from wsfix.model.finding import Diagnosis
from wsfix.model.points import Point, State
from wsfix.redact import mask_text, printable
from wsfix.report.colour import Paint

WIDTH = 80
_MARKS = {State.FINE: ("✓", "green"), State.FAULT: ("✗", "red"), State.UNSEEN: ("·", "dim")}
_NAME, _STATE = 17, 12
_MOST = 2
"""So many lines of a proof are shown."""


def points_lines(diagnosis: Diagnosis, paint: Paint) -> list[str]:
    """Return the table; nothing where the host itself was not looked at."""
    if not diagnosis.host or not diagnosis.points:
        return []
    rows = (line for point in diagnosis.points for line in _row(point, paint))
    return ["", paint("  configuration points", "bold"), *rows]


def _row(point: Point, paint: Paint) -> list[str]:
    mark, style = _MARKS[point.state]
    state = ", ".join(point.codes[:2]) + ("…" if len(point.codes) > 2 else "") if point.codes else point.state.value  # noqa: PLR2004
    lead = f"    {point.place.value} {point.place.word:<{_NAME}}"
    told = printable(mask_text(point.proof), 1000)
    room = WIDTH - len(lead) - _STATE - 3
    first, *more = textwrap.wrap(told, room, max_lines=_MOST, placeholder=" …", break_on_hyphens=False) or [""]
    shown = [f"{lead}{paint(mark, style)} {paint(f'{state:<{_STATE}}', style)} {paint(first, 'dim')}".rstrip()]
    return shown + [" " * (len(lead) + _STATE + 3) + paint(line, "dim") for line in more]


def points_document(diagnosis: Diagnosis) -> list[dict[str, Any]]:
    """Return the same for programs."""
    return [
        {
            "number": point.place.value,
            "point": point.place.word,
            "state": point.state.value,
            "codes": list(point.codes),
            "proof": mask_text(point.proof),
        }
        for point in (diagnosis.points if diagnosis.host else ())
    ]
