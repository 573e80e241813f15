"""systemd cannot even begin the backend's process: no such user, directory or program.

Seen as: 502; the unit fails at once, with a status of 200 or more, and the application says nothing.
Told apart: by the status, which is systemd's own and not the application's: 203 the program, 200 the working directory,
217 the user, 216 the group, 226 a part of its sandbox. While systemd tries once more the last status stands in its journal.
Changed: where the directory is missing and the inventory names one that holds the application, a drop-in sets it, with consent.
Else nothing: the line to correct is shown.
Source: systemd.exec(5), "Process Exit Codes".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.faults.backend.keeper import between_two_deaths, keeper
from wsfix.faults.backend.unitfile import down, drop_in, restart
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.inside import ServiceState

FAULT = Fault("WS518", "systemd-exec-failed", Hop.BACKEND, Safety.ADVICE)
NO_DIRECTORY = 200
_SETTINGS = {
    NO_DIRECTORY: ("WorkingDirectory", "its working directory cannot be entered"),
    203: ("ExecStart", "its program cannot be executed"),
    209: ("StandardOutput", "its output cannot be opened"),
    216: ("Group", "its group does not exist"),
    217: ("User", "its user does not exist"),
    226: ("ReadWritePaths", "its namespace cannot be set up"),
    238: ("StateDirectory", "its state directory cannot be made"),
}
"""Exit status → the setting that is wrong, and what that means."""
_EXITED = re.compile(r"process exited, code=exited, status=(\d{3})/")
_SAYS = ("Failed at step", "Failed to execute", "Unable to locate executable", "Changing to the requested working")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the last start ended in systemd's own status."""
    unit = seen.unit
    status = _status(seen)
    setting = _SETTINGS.get(status)
    if setting is None or unit.load != "loaded":
        return
    said = next((line.strip() for line in reversed(unit.log) if any(word in line for word in _SAYS)), "")
    value = _value(unit, status)
    evidence = [Evidence(f"systemctl show {unit.unit}", f"status {status}, {setting[0]}={value}")]
    evidence += [Evidence(f"journal of {unit.unit}", said)] if said else []
    yield FAULT.finding(
        f"{unit.unit} cannot be started: {setting[1]} ({setting[0]}={value})",
        *evidence,
        severity=seen.severity,
        safety=Safety.CONFIRM if _directory(seen) else Safety.ADVICE,
        advice=f"Correct {setting[0]}= in {unit.fragment or unit.unit}, or make what it names, then "
        f"`systemctl daemon-reload && systemctl restart {unit.unit}`.",
    )


def _status(seen: Seen) -> int:
    """Return the status of the last start that is over; 0 where none failed."""
    unit = seen.unit
    if unit.result == "exit-code" and down(seen):
        return unit.exit_status
    if not between_two_deaths(seen, keeper(seen)):
        return 0
    told = next((found for line in reversed(unit.log) if (found := _EXITED.search(line))), None)
    return int(told[1]) if told else 0


def _value(unit: ServiceState, status: int) -> str:
    held = {200: unit.working_directory, 203: unit.command.partition(" ")[0], 217: unit.user}
    return held.get(status, "") or "?"


def _directory(seen: Seen) -> str:
    """Return the application's directory, where the unit's own is wrong and files were seen in that of the inventory."""
    unit, wanted = seen.unit, seen.site.backend.directory if seen.site.backend else None
    if _status(seen) != NO_DIRECTORY or wanted is None or wanted == unit.working_directory:
        return ""
    return wanted if any(path.startswith(f"{wanted}/") for path in seen.inside.sources or {}) else ""


def cure(seen: Seen, finding: Finding) -> Iterator[Edit | Action]:
    """Work where the application lies."""
    if finding.safety is Safety.CONFIRM:
        yield from drop_in(seen.unit, "directory", (f"WorkingDirectory={_directory(seen)}",), FAULT.code)
        yield restart(seen, FAULT.code)
