"""Changes to a unit as drop-ins of wsfix's own: the unit's file stays as its owner wrote it (systemd.unit(5))."""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.restarting import RESTART_RANK, cost, then_listens
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.change import Action, Edit
from wsfix.model.inside import FileAge, ServiceState
from wsfix.templates import render

RELOAD_RANK = 10
LIVED_SECONDS = 30.0
"""A process that lived so long did not die of its start."""


def drop_in(unit: ServiceState, name: str, lines: tuple[str, ...], code: str) -> Iterator[Edit | Action]:
    """Lay a drop-in with these lines of [Service] beside the unit, and let systemd read its units again."""
    if not unit.fragment:
        raise NotApplicable
    yield Edit(
        path=f"/etc/systemd/system/{unit.unit}.d/wsfix-{name}.conf",
        before=None,
        after=render("systemd/drop-in.conf.j2", section="Service", lines=lines).encode(),
        faults=(code,),
        sha256=None,
    )
    yield reread(code)


def reread(code: str) -> Action:
    """Let systemd read its units again."""
    return Action(
        do="systemctl daemon-reload",
        undo="systemctl daemon-reload",
        title="make systemd read its units again",
        cost="keeps open sockets",
        faults=(code,),
        rank=RELOAD_RANK,
    )


def start(seen: Seen, code: str, *, first: str = "") -> Action:
    """Start the site's unit, which is down; `first` is a command before it."""
    unit = seen.service.unit
    return Action(
        do=then_listens(seen, f"{first}systemctl start {unit}"),
        undo=f"systemctl stop {unit}",
        title=f"start {unit}",
        cost="nothing is connected",
        faults=(code,),
        rank=RESTART_RANK,
    )


def restart(seen: Seen, code: str) -> Action:
    """Start the site's unit anew, which is down or dies at each start; as it was it would not start, so the undo stops it."""
    unit = seen.service.unit
    return Action(
        do=then_listens(seen, f"systemctl reset-failed {unit} 2>/dev/null; systemctl restart {unit}"),
        undo=f"systemctl stop {unit}",
        title=f"restart {unit}",
        cost=cost(seen),
        faults=(code,),
        rank=RESTART_RANK,
    )


def down(seen: Seen) -> bool:
    """Whether the unit neither serves nor holds the backend's port."""
    return not seen.unit.running and not seen.listening


def mended_since(seen: Seen) -> FileAge | None:
    """Return a file that the process starts with and that is younger than its last death."""
    unit = seen.unit
    if unit.ended is None:
        return None
    env = seen.inside.env or {}
    held = [FileAge(path, env[path].modified) for path in unit.environment_files if path in env and env[path].exists]
    held += [unit.newest] if unit.newest else []
    return next((one for one in held if one.modified > unit.ended), None)


def dies_at_start(seen: Seen) -> bool:
    """Whether a start would be in vain: the last one ended at once, and nothing that it starts with was written since."""
    unit = seen.unit
    if unit.active != "failed" or unit.stopped or mended_since(seen) is not None:
        return False
    at_once = unit.result == "exit-code" and unit.ran_seconds is not None and unit.ran_seconds < LIVED_SECONDS
    return at_once or unit.result in {"start-limit-hit", "resources"}
