"""The backend was started by hand in somebody's session: with nohup, screen or an ampersand.

Seen as: nothing, until that process dies, or the host boots; then 502. What keeps the backend meanwhile fights for its port.
Told apart: the process that listens on the backend's port lives in a session's control group (session-N.scope), and no PM2
daemon is its ancestor.
Changed: nothing, and it is never ended: it serves people. The report holds a unit to take over with.
Source: systemd-logind.service(8); systemd.scope(5); proc(5), /proc/pid/cgroup.
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from wsfix.faults.backend.restarting import cost
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import Process
from wsfix.templates import render

FAULT = Fault("WS530", "nohup-ssh-session", Hop.BACKEND, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend's port is held from within a session, and no manager would start it again."""
    if seen.site.service is None:
        raise NotApplicable
    process = _by_hand(seen)
    if process is None:
        return
    service, port = seen.site.service, seen.port
    name = service.name.removesuffix(".service")
    unit = f"{name}.service"
    yield FAULT.finding(
        f"the backend on port {port} was started by hand and ends with its session or the next boot",
        Evidence(f"pid {process.pid} in {process.unit}", process.command or process.name),
        *([] if service.manager == "pm2" else [_takeover(seen, process, name)]),
        severity=Severity.WARNING if seen.works else Severity.ERROR,
        advice=_advice(seen, process, unit),
    )


def _by_hand(seen: Seen) -> Process | None:
    processes = seen.inside.known("processes", seen.inside.processes)
    daemons = seen.inside.known("pm2", seen.inside.pm2).daemons
    kept = {pid for daemon in daemons for pid in (daemon.pid, *daemon.descendants)}
    for pid in (pid for listener in seen.listening for pid in listener.pids):
        process = processes.get(pid)
        unit = (process.unit if process else None) or ""
        if process is not None and pid not in kept and unit.startswith("session-") and unit.endswith(".scope"):
            return process
    return None


def _takeover(seen: Seen, process: Process, name: str) -> Evidence:
    text = render(
        "systemd/application.service.j2",
        title=name,
        what=f"the backend of {seen.site.host}",
        user=process.user,
        workdir=process.cwd or "/",
        host=seen.backend.host,
        port=seen.port,
        env_file=seen.site.env.file if seen.site.env and seen.site.env.loaded_by == "service" else "",
        command=_absolute(process),
    )
    return Evidence(f"a unit to take over with, /etc/systemd/system/{name}.service", text.strip())


def _absolute(process: Process) -> str:
    """Word the command as systemd wants it, the program by its whole path (systemd.service(5), ExecStart=)."""
    words = process.command.split(" ")
    if words[0].startswith("/") or not process.exe:
        return process.command
    return " ".join([process.exe if basename(process.exe).startswith(words[0]) else words[0], *words[1:]])


def _advice(seen: Seen, process: Process, unit: str) -> str:
    if seen.site.service is not None and seen.site.service.manager == "pm2":
        file = seen.site.service.ecosystem
        start = (
            f"`pm2 start {file} --only {seen.site.service.name} && pm2 save`"
            if file
            else f"`pm2 start {process.command}`"
        )
        return f"At a quiet moment ({cost(seen)}), `kill {process.pid}`, then as {seen.site.service.owner} {start}."
    return (
        f"At a quiet moment ({cost(seen)}): write that unit, or your own, `systemctl daemon-reload`, `kill {process.pid}`, "
        f"`systemctl enable --now {unit}`."
    )
