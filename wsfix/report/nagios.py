"""One line for Nagios and its kin, with performance data; the state is the exit status (Monitoring Plugins guidelines)."""

from __future__ import annotations

from enum import IntEnum

from wsfix.model.report import Checked, Report
from wsfix.report.text import said

_MOST = 200
"""So many signs of a sentence are shown."""


class State(IntEnum):
    """The state of a service; the number is the exit status."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


_GRAVITY = (State.OK, State.WARNING, State.UNKNOWN, State.CRITICAL)


def state(report: Report) -> State:
    """Return the state of the whole run: the gravest of its sites; unknown where nothing could be checked."""
    states = [_state(report, each) for each in report.sites] + [State.UNKNOWN] * len(report.errors)
    return max(states, key=_GRAVITY.index, default=State.UNKNOWN)


def _state(report: Report, checked: Checked) -> State:
    if not report.works(checked):
        return State.CRITICAL
    return State.WARNING if report.failing(checked) else State.OK


def render(report: Report) -> str:
    """Return the line."""
    told = [
        _told(report, each) for each in sorted(report.sites, key=lambda each: -_GRAVITY.index(_state(report, each)))
    ]
    told += [_clean(error) for error in report.errors]
    line = f"WSFIX {state(report).name} - {'; '.join(told) or 'nothing could be checked'}"
    data = " ".join(each for checked in report.sites for each in _measured(checked, one=len(report.sites) == 1))
    return f"{line} | {data}" if data else line


def unknown(sentence: str) -> str:
    """Return the line for a run that could not even begin."""
    return f"WSFIX {State.UNKNOWN.name} - {_clean(sentence)}"


def _told(report: Report, checked: Checked) -> str:
    diagnosis, name = checked.diagnosis, checked.diagnosis.site.name
    if report.mended(checked):
        return _clean(f"{name}: repaired and proved" + (f": {diagnosis.cause.code}" if diagnosis.cause else ""))
    if diagnosis.cause is not None:
        cause = diagnosis.cause
        return _clean(f"{name}: {cause.code} {cause.name} at {cause.hop.word}: {cause.message}")
    if not diagnosis.healthy:
        at = f"stops at {diagnosis.wall.word}: " if diagnosis.wall else ""
        return _clean(f"{name}: {at}{diagnosis.reason or 'the handshake fails'}")
    warned = report.failing(checked)
    if warned:
        return _clean(f"{name}: works; " + ", ".join(f"{each.code} {each.name}" for each in warned))
    return _clean(f"{name}: handshake and message pass")


def _measured(checked: Checked, *, one: bool) -> list[str]:
    """Return the times as performance data: 'label'=value with its unit; warn, crit, min and max are left open."""
    walk = checked.observation.outside
    if walk is None or not walk.phases:
        return []
    prefix = "" if one else f"{checked.diagnosis.site.name}_"
    whole = sum(phase.seconds for phase in walk.phases)
    return [
        f"'{prefix}time'={whole:.6f}s;;;0",
        *(f"'{prefix}{phase.name}'={phase.seconds:.6f}s;;;0" for phase in walk.phases),
    ]


def _clean(text: str) -> str:
    """Return a text without the bar that begins the performance data, on one line, cut."""
    told = " ".join(said(text).replace("|", "/").split())
    return told if len(told) <= _MOST else told[: _MOST - 1] + "…"
