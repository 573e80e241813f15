"""What keeps the backend running, a systemd unit or PM2, in the words that every fault of a server process asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wsfix.faults.backend.ours import Ours, ours
from wsfix.faults.seen import Seen
from wsfix.model.inside import ServiceState
from wsfix.model.pm2 import Application

YOUNG_SECONDS = 30.0
"""A process that is younger, was started again and does not listen, is between two deaths."""
_DEATHS = frozenset({"exit-code", "signal", "core-dump", "start-limit-hit", "timeout", "oom-kill", "watchdog"})
_FRAME = re.compile(r"\s+at \S")
"""A line of a traceback of Node; what died stands above it."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """The state of the backend's process, as what keeps it tells."""

    name: str
    source: str
    """Where one looks it up."""
    state: str
    exists: bool
    running: bool
    at_rest: bool
    """Neither running nor about to."""
    dead: bool
    """It died by itself, and is not running now."""
    death: str
    restarts: int
    command: str
    command_source: str
    directory: str
    log_source: str
    log: tuple[str, ...]
    again: str
    """How a person starts it once it is mended."""
    young: bool = True
    pids: frozenset[int] = frozenset()

    @property
    def last_words(self) -> tuple[str, ...]:
        """The end of its log, without empty lines and without the frames of a traceback."""
        return tuple(line for line in self.log if line.strip() and not _FRAME.match(line))


def keeper(seen: Seen) -> Keeper:
    """Return what keeps the site's backend."""
    if seen.site.service is not None and seen.site.service.manager == "pm2":
        return _of_pm2(ours(seen), seen.inside.clock)
    return _of_unit(seen.unit)


def between_two_deaths(seen: Seen, kept: Keeper) -> bool:
    """Whether it was caught alive for a moment: it was started again before, and listens nowhere yet."""
    if seen.site.backend is None or not kept.restarts or not kept.young or (kept.at_rest and not kept.dead):
        return False
    return not seen.listening and not own_ports(seen)


def _of_unit(unit: ServiceState) -> Keeper:
    found = unit.load != "not-found"
    died = unit.result in _DEATHS
    return Keeper(
        name=unit.unit,
        source=f"systemctl show {unit.unit}",
        state=f"{unit.active} ({unit.sub}), result {unit.result}" if found else "there is no such unit on the host",
        exists=found,
        running=unit.running,
        at_rest=unit.active not in {"active", "activating", "reloading"},
        dead=unit.sub == "auto-restart" or (unit.active in {"failed", "activating"} and died and not unit.stopped),
        death=unit.result,
        restarts=unit.restarts,
        command=unit.command,
        command_source=f"{unit.fragment or unit.unit}, ExecStart",
        directory=unit.working_directory,
        log_source=f"journal of {unit.unit}",
        log=unit.log,
        again=f"`systemctl reset-failed {unit.unit}; systemctl start {unit.unit}`",
        pids=frozenset({unit.main_pid} - {0}),
    )


def _of_pm2(held: Ours, clock: float) -> Keeper:
    apps = held.applications
    first = apps[0] if apps else None
    running = any(one.running for one in apps)
    status = ", ".join(dict.fromkeys(one.status for one in apps))
    restarts = max((one.restarts for one in apps), default=0)
    if held.daemon is None:
        state = f"no PM2 daemon of {held.user} runs ({held.home})"
    elif first is None:
        known = ", ".join(dict.fromkeys(one.name for one in held.everything)) or "nothing"
        state = f"{held.user}'s PM2 does not know it; it keeps {known}"
    else:
        state = f"{status}, {restarts} restarts"
    words = f"restart {held.file} --only {held.name}" if held.declared else f"restart {held.name}"
    return Keeper(
        name=f"{held.name} of PM2",
        source=f"pm2 jlist of {held.user}",
        state=state,
        exists=first is not None,
        running=running,
        at_rest=not apps or all(one.status in {"stopped", "stopping", "errored"} for one in apps),
        dead=any(_died(one) for one in apps),
        death="PM2 gave up" if "errored" in status else status,
        restarts=restarts,
        command=first.command if first else "",
        command_source=f"kept by {held.user}'s PM2",
        directory=first.cwd if first else "",
        log_source=(first.error_log if first else "") or f"error log of {held.name}",
        log=first.log if first else (),
        again=held.by_hand(words),
        young=any(one.unstable > 0 or (one.revived and clock - one.started < YOUNG_SECONDS) for one in apps),
        pids=frozenset(one.pid for one in apps if one.pid),
    )


def _died(one: Application) -> bool:
    """Whether it ended by itself: PM2 counts as unstable also what a person stopped within its first second."""
    stopped = one.status == "stopped" and not one.restarts
    return one.status == "errored" or (one.unstable > 0 and not one.running and not stopped)


def own_ports(seen: Seen) -> list[int]:
    """Return the ports on which the processes of the site's own service listen."""
    kept = keeper(seen)
    processes = seen.inside.known("processes", seen.inside.processes)
    everything = seen.inside.known("listeners", seen.inside.listeners)
    own = kept.pids | {pid for pid, one in processes.items() if one.unit and one.unit == kept.name}
    return sorted({listener.port for listener in everything if own & set(listener.pids)})
