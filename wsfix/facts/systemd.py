"""The units of a site as systemd holds them, and the last lines of their journals (systemctl(1), journalctl(1))."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wsfix.facts.fragment import HIDE, Fact, hidden_values, records, words
from wsfix.model.inside import ServiceState
from wsfix.redact import mask_text, printable

LOG_LINES = 40
LOG_WIDTH = 400
_PROPERTIES = (
    "Id,LoadState,ActiveState,SubState,Result,UnitFileState,NRestarts,MainPID,Restart,FragmentPath,"
    "EnvironmentFiles,User,WorkingDirectory"
)
_PATH = re.compile(r"^(.*) \(ignore_errors=(?:yes|no)\)$")


class Units(Fact):
    """Units by name: state, whether they start at boot, what they run, their last log lines."""

    def command(self, units: str) -> str:
        """Word the fragment for units separated by blanks."""
        return HIDE + hidden_values(units.split(), (), ()) + fragment(units.split())

    @classmethod
    def read(cls, lines: list[str]) -> dict[str, ServiceState]:
        """Return unit → state; a unit that does not exist has load state `not-found`, and one unasked is left out."""
        return {unit.unit: unit for unit in map(_unit, records(lines, "unit")) if unit.load}


def fragment(units: Iterable[str]) -> str:
    """Word the shell that prints each unit; needs `hide` and $hidden."""
    return f"""
for u in {words(units)}; do
  printf 'unit %s\\n' "$u"
  systemctl show -p {_PROPERTIES},ExecStart "$u" | sed 's/^ExecStart=.*argv\\[\\]=\\(.*\\) ; ignore_errors=.*/exec \\1/; t; s/=/ /'
  journalctl -q -u "$u" -n {LOG_LINES} -o cat --no-pager 2>/dev/null | sed 's/^/log /'
done | hide 'exec|log' | cut -c1-{LOG_WIDTH}
"""


def _unit(record: dict[str, str]) -> ServiceState:
    files = tuple(match[1] for line in record.get("EnvironmentFiles", "").splitlines() if (match := _PATH.match(line)))
    restarts = record.get("NRestarts", "0")
    pid = record.get("MainPID", "0")
    return ServiceState(
        unit=record["unit"],
        load=record.get("LoadState", ""),
        active=record.get("ActiveState", ""),
        sub=record.get("SubState", ""),
        result=record.get("Result", ""),
        enabled=record.get("UnitFileState", ""),
        restarts=int(restarts) if restarts.isdigit() else 0,
        main_pid=int(pid) if pid.isdigit() else 0,
        command=printable(mask_text(record.get("exec", "").partition("\n")[0]), LOG_WIDTH),
        restart_policy=record.get("Restart", ""),
        fragment=record.get("FragmentPath", ""),
        environment_files=files,
        user=record.get("User", ""),
        working_directory=record.get("WorkingDirectory", "").lstrip("!"),
        log=tuple(printable(mask_text(line), LOG_WIDTH) for line in record["log"].split("\n"))
        if "log" in record
        else (),
    )
