"""The configuration points of a site as a table of eight rows."""

from __future__ import annotations

from typing import Any

from wsfix.model.finding import Diagnosis
from wsfix.model.points import Point, State
from wsfix.redact import mask_text, printable
from wsfix.report.colour import Paint

WIDTH = 80
_MARKS = {State.FINE: ("✓", "green"), State.FAULT: ("✗", "red"), State.UNSEEN: ("·", "dim")}
_NAME, _STATE = 18, 16


def points_lines(diagnosis: Diagnosis, paint: Paint) -> list[str]:
    """Return the table; nothing where the host itself was not looked at."""
    if not diagnosis.host or not diagnosis.points:
        return []
    return ["", paint("  configuration points", "bold"), *(_row(point, paint) for point in diagnosis.points)]


def _row(point: Point, paint: Paint) -> str:
    mark, style = _MARKS[point.state]
    state = ", ".join(point.codes[:2]) + ("…" if len(point.codes) > 2 else "") if point.codes else point.state.value  # noqa: PLR2004
    lead = f"    {point.place.value} {point.place.word:<{_NAME}}"
    room = WIDTH - len(lead) - _STATE - 3
    told = printable(mask_text(point.proof), 1000)
    told = told if len(told) <= room else f"{told[: room - 1]}…"
    return f"{lead}{paint(mark, style)} {paint(f'{state:<{_STATE}}', style)} {paint(told, 'dim')}".rstrip()


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
