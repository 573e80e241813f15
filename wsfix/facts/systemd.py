"""The units of a site as systemd holds them, and the last lines of their journals (systemctl(1), journalctl(1))."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wsfix.facts.fragment import HIDE, Fact, hidden_values, number, records, seconds, words
from wsfix.model.inside import FileAge, ServiceState
from wsfix.redact import mask_text, printable

_NEWEST = r"""
newest() { # the youngest program text below a folder, without packages and what tools keep
  case $1 in ''|/|/home|/root|/var|/usr|/etc|/tmp) return ;; esac
  [ -d "$1" ] || return
  $(command -v timeout >/dev/null && echo timeout 5) find "$1/" -mindepth 1 -xdev -maxdepth 5 \( -name node_modules -o -name '.?*' \
    -o -name __pycache__ -o -name site-packages -o -name test -o -name tests -o -type d -exec test -e '{}/pyvenv.cfg' \; \) -prune \
    -o -type f \( -name '*.py' -o -name '*.js' -o -name '*.mjs' -o -name '*.cjs' -o -name '*.ts' \) -printf '%T@ %p\n' 2>/dev/null |
    sort -rn | sed -n 's/^/newest /;1p'
}
"""
"""What is started with a folder is started with the texts in it, as they are at that moment."""
LOG_LINES = 40
LOG_WIDTH = 400
_PROPERTIES = (
    "Id,LoadState,ActiveState,SubState,Result,UnitFileState,NRestarts,MainPID,Restart,FragmentPath,"
    "EnvironmentFiles,User,WorkingDirectory,ExecMainStatus,ExecMainStartTimestampMonotonic,"
    "ExecMainExitTimestampMonotonic,ActiveExitTimestampMonotonic,MemoryMax,LimitNOFILESoft,PrivateNetwork,RestrictAddressFamilies,Type"
)
_ENDED_BY_SYSTEMD = frozenset({"watchdog", "oom-kill"})
_INFINITY = 18446744073709551615
_PATH = re.compile(r"^(.*) \(ignore_errors=(yes|no)\)$")


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
    return f"""{_NEWEST}
for u in {words(units)}; do
  printf 'unit %s\\n' "$u"
  read -r up _ </proc/uptime && echo "now $(date +%s.%N) $up"
  systemctl show -p {_PROPERTIES},ExecStart "$u" | sed 's/^ExecStart=.*argv\\[\\]=\\(.*\\) ; ignore_errors=.*/exec \\1/; t; s/=/ /'
  systemctl show -p EnvironmentFiles --value "$u" | sed 's/ (ignore_errors=[a-z]*)$//' | while IFS= read -r f; do
    [ -z "$f" ] || [ -e "$f" ] || printf 'lost %s\\n' "$f"; done
  for t in $(systemctl show -p TriggeredBy --value "$u"); do
    case $t in *.socket) echo "trigger $t $(systemctl is-enabled "$t" 2>/dev/null)" ;; esac; done
  newest "$(systemctl show -p WorkingDirectory --value "$u" | sed 's/^!//')"
  journalctl -q -u "$u" -n {LOG_LINES} -o cat --no-pager 2>/dev/null | sed 's/^/log /'
done | hide 'exec|log' | cut -c1-{LOG_WIDTH}
"""


def _unit(record: dict[str, str]) -> ServiceState:
    files = [match for line in record.get("EnvironmentFiles", "").splitlines() if (match := _PATH.match(line))]
    began, ended = _moment(record, "ExecMainStartTimestampMonotonic"), _moment(record, "ExecMainExitTimestampMonotonic")
    return ServiceState(
        unit=record["unit"],
        load=record.get("LoadState", ""),
        active=record.get("ActiveState", ""),
        sub=record.get("SubState", ""),
        result=record.get("Result", ""),
        enabled=record.get("UnitFileState", ""),
        restarts=number(record, "NRestarts"),
        main_pid=number(record, "MainPID"),
        command=printable(mask_text(record.get("exec", "").partition("\n")[0]), LOG_WIDTH),
        restart_policy=record.get("Restart", ""),
        fragment=record.get("FragmentPath", ""),
        environment_files=tuple(match[1] for match in files),
        user=record.get("User", ""),
        working_directory=record.get("WorkingDirectory", "").lstrip("!"),
        log=tuple(printable(mask_text(line), LOG_WIDTH) for line in record["log"].split("\n"))
        if "log" in record
        else (),
        exit_status=number(record, "ExecMainStatus"),
        ended=ended,
        ran_seconds=ended - began if ended is not None and began is not None and ended >= began else None,
        stopped=_stopped(record),
        memory_max=_limit(record, "MemoryMax"),
        files_limit=_limit(record, "LimitNOFILESoft"),
        lost_files=tuple(line for line in record.get("lost", "").splitlines() if line),
        optional_files=tuple(match[1] for match in files if match[2] == "yes"),
        private_network=record.get("PrivateNetwork") == "yes",
        address_families=_allowed(record.get("RestrictAddressFamilies", "")),
        kind=record.get("Type", ""),
        sockets=dict(line.partition(" ")[::2] for line in record.get("trigger", "").splitlines() if line),
        newest=_newest(record.get("newest", "")),
    )


def _moment(record: dict[str, str], key: str) -> float | None:
    """Return a monotonic time, given in microseconds, as seconds since the epoch; None where it never was."""
    now, _, up = record.get("now", "").partition(" ")
    at = number(record, key)
    return seconds(now) - float(up) + at / 1e6 if up and at else None


def _stopped(record: dict[str, str]) -> bool:
    """Whether the unit had left its active state before its process ended; one that dies by itself takes the unit with it.

    systemd itself ends a process that gives no sign of life or takes the memory of the others: nobody ordered that.
    """
    moments = ("ExecMainStartTimestampMonotonic", "ActiveExitTimestampMonotonic", "ExecMainExitTimestampMonotonic")
    began, left, ended = (number(record, key) for key in moments)
    return began < left < ended and record.get("Result") not in _ENDED_BY_SYSTEMD


def _limit(record: dict[str, str], key: str) -> int | None:
    found = number(record, key)
    return found if 0 < found < _INFINITY else None


def _allowed(listed: str) -> tuple[str, ...]:
    """Return the families that are allowed alone; `~` begins a list of those that are not."""
    families = listed.split()
    return () if listed.startswith("~") or not families else tuple(sorted(families))


def _newest(line: str) -> FileAge | None:
    modified, _, path = line.partition("\n")[0].partition(" ")
    return FileAge(path, float(modified)) if path else None
