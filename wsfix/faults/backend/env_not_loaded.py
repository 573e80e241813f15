"""The env file is right, and the running backend does not have its values.

Seen as: the old behaviour after an edit of the file: a wrong origin, port or secret.
Told apart: the digest of the value in the file is not the one in the environment of the running process. Where the unit
does not name the file at all, a restart alone would change nothing. PM2 reads no env file by itself: a variable that it holds
with another value is `pm2-env-cached`. One that it does not hold is read by the application, at its start; unless the inventory
says `"loaded_by": "service"`: then PM2 must hold it.
Changed: where the unit does not read the file, a drop-in with `EnvironmentFile=` is made; then the unit is restarted. PM2 is
given the file's values by `restart --update-env`, and its list is saved.
Source: systemd.exec(5), EnvironmentFile=; systemd.unit(5), drop-ins; proc(5), /proc/pid/environ; PM2, "Environment Variables".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.ours import ours
from wsfix.faults.backend.restarting import given_by_pm2, restart
from wsfix.faults.envfile import wanted_values
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import EnvFile, Process
from wsfix.templates import render

FAULT = Fault(
    "WS602",
    "env-not-loaded",
    Hop.APPLICATION,
    Safety.SAFE,
    explained_by=("env-value-wrong", "backend-not-running", "backend-crash-loop", "backend-wrong-entrypoint"),
)
DROP_IN = "wsfix-env.conf"


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a value of the file is not in the process that the unit runs."""
    if seen.site.service is not None and seen.site.service.manager == "pm2":
        yield from _of_pm2(seen)
        return
    file, process = _file(seen), _process(seen)
    if process is None or wanted_values(seen, file):
        return
    reads = file.path in seen.unit.environment_files
    stale = _stale(seen, file, process)
    if not stale and (reads or seen.env.loaded_by == "application"):
        return
    if not stale and not reads and _has_all(file, process, seen):
        return
    what = (
        f"{seen.unit.unit} runs with values that {file.path} no longer holds"
        if reads or seen.env.loaded_by == "application"
        else f"{seen.unit.unit} does not read {file.path}"
    )
    evidence = [Evidence(f"environment of pid {process.pid}", f"{key} is not the value of the file") for key in stale]
    evidence.append(
        Evidence(
            seen.unit.fragment or seen.unit.unit,
            "EnvironmentFile= " + (" ".join(seen.unit.environment_files) or "(none)"),
        )
    )
    yield FAULT.finding(what, *evidence, severity=Severity.WARNING if seen.works else Severity.ERROR)


def _of_pm2(seen: Seen) -> Iterator[Finding]:
    file, app = _file(seen), ours(seen).application
    if not app.running or wanted_values(seen, file):
        return
    if not given_by_pm2(seen.env):
        lacking = _keys(seen)[:1] if file.modified > app.started else []
        why = f"was last written after {app.name} was started"
    else:
        lacking = [key for key in _keys(seen) if file.last(key) is not None and key not in app.env_digests]
        why = f"holds {', '.join(lacking)}, and {app.name} was started without"
    if lacking:
        yield FAULT.finding(
            f"{app.name} of PM2 runs without the values of {file.path}",
            Evidence(file.path, why),
            Evidence(f"environment of pid {app.pid}", "PM2 gives it what it keeps, and reads no env file"),
            severity=Severity.WARNING if seen.works else Severity.ERROR,
        )


def _file(seen: Seen) -> EnvFile:
    files = seen.inside.known("env", seen.inside.env)
    return seen.inside.known("env", files.get(seen.env.file))


def _process(seen: Seen) -> Process | None:
    return seen.inside.known("processes", seen.inside.processes).get(seen.unit.main_pid)


def _keys(seen: Seen) -> list[str]:
    env = seen.env
    return list(dict.fromkeys([*env.values, *([env.origins_key] if env.origins_key else [])]))


def _stale(seen: Seen, file: EnvFile, process: Process) -> list[str]:
    """Return the variables whose value in the process is not the file's."""
    if seen.env.loaded_by == "application":
        # the application reads the file itself at start; its environment says nothing, its age does
        return _keys(seen)[:1] if file.modified > process.started else []
    lines = {key: file.last(key) for key in _keys(seen)}
    return [key for key, line in lines.items() if line is not None and process.env_digests.get(key) != line.digest]


def _has_all(file: EnvFile, process: Process, seen: Seen) -> bool:
    return all(key in process.env_digests for key in _keys(seen) if file.last(key) is not None)


def cure(seen: Seen, _finding: Finding) -> Iterator[Edit | Action]:
    """Make the unit read the file, and restart it."""
    if seen.site.service is not None and seen.site.service.manager == "pm2":
        yield from restart(seen, FAULT.code)
        return
    file, unit = _file(seen), seen.unit
    if seen.env.loaded_by == "service" and file.path not in unit.environment_files:
        if not unit.fragment:
            raise NotApplicable
        yield Edit(
            path=f"/etc/systemd/system/{unit.unit}.d/{DROP_IN}",
            before=None,
            after=render("systemd/environment.conf.j2", file=file.path).encode(),
            faults=(FAULT.code,),
            sha256=None,
        )
        yield Action(
            do="systemctl daemon-reload",
            undo="systemctl daemon-reload",
            title="make systemd read its units again",
            cost="keeps open sockets",
            faults=(FAULT.code,),
            rank=10,
        )
    yield from restart(seen, FAULT.code)
