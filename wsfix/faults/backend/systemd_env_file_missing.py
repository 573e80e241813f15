"""The backend's unit names an environment file that is not there.

Seen as: 502, the unit never starts; or, where the file is written with a dash, wrong settings: default origin, port or secret.
Told apart: the path of EnvironmentFile= does not exist. Without a dash systemd starts nothing at all and the result is
`resources`; with one it goes on in silence.
Changed: where the inventory names an env file that is there, a drop-in lets the unit read it instead, with consent. Else nothing:
only its owner knows what stood in it. The line is shown.
Source: systemd.exec(5), EnvironmentFile=.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.unitfile import down, drop_in, restart
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS514", "systemd-env-file-missing", Hop.BACKEND, Safety.CONFIRM)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for the first file that is missing, as an error where the unit cannot start without it."""
    unit = seen.unit
    needed = [path for path in unit.lost_files if path not in unit.optional_files]
    lost = (needed or list(unit.lost_files))[:1]
    if unit.load != "loaded" or not lost:
        return
    refused = bool(needed) and down(seen)
    other = _other(seen)
    yield FAULT.finding(
        f"{unit.unit} cannot start: its environment file {lost[0]} is not there"
        if refused
        else f"{unit.unit} reads its environment from {lost[0]}, which is not there",
        Evidence(unit.fragment or unit.unit, f"EnvironmentFile={'-' if not needed else ''}{lost[0]}"),
        Evidence(f"systemctl show {unit.unit}", f"{unit.active} ({unit.sub}), result {unit.result}"),
        severity=seen.severity if refused else Severity.WARNING if needed else Severity.NOTE,
        safety=Safety.CONFIRM if needed and other else Safety.ADVICE,
        advice=f"Put the file back at {lost[0]}, or correct EnvironmentFile= in {unit.fragment or unit.unit}, then "
        f"`systemctl daemon-reload && systemctl restart {unit.unit}`.",
    )


def _other(seen: Seen) -> str:
    """Return the env file of the inventory, where it exists and the unit names no file that does."""
    env = seen.site.env
    if env is None or env.loaded_by != "service" or env.file in seen.unit.lost_files:
        return ""
    file = (seen.inside.env or {}).get(env.file)
    return env.file if file is not None and file.exists else ""


def cure(seen: Seen, finding: Finding) -> Iterator[Edit | Action]:
    """Read the file of the inventory instead of what is missing, beside what is there."""
    if finding.safety is not Safety.CONFIRM:
        return
    unit = seen.unit
    kept = [path for path in unit.environment_files if path not in unit.lost_files and path != _other(seen)]
    lines = ("EnvironmentFile=", *(f"EnvironmentFile={path}" for path in (*kept, _other(seen))))
    yield from drop_in(unit, "env-file", lines, FAULT.code)
    if down(seen):
        yield restart(seen, FAULT.code)
