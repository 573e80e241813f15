"""How many requests an Apache serves at once, and the change of that (mpm_common, event, worker, prefork)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsfix.drivers.apache import edits
from wsfix.drivers.apache.tree import Node
from wsfix.model.route import Position

if TYPE_CHECKING:
    from wsfix.drivers.apache.config import Config

_DEFAULTS = {"event": (16, 25), "worker": (16, 25), "prefork": (256, 1)}
"""MPM → ServerLimit and ThreadsPerChild where they are not set."""


@dataclass(frozen=True, slots=True)
class Room:
    """The settings in force."""

    mpm: str
    requests: int
    """MaxRequestWorkers: each open socket takes one."""
    most: int
    """What it may be raised to without a restart: ServerLimit times ThreadsPerChild."""
    position: Position | None
    """Of MaxRequestWorkers; None where it is not set."""


def room(config: Config) -> Room | None:
    """Read the settings; None where it is not known which MPM is loaded."""
    mpm = next((name for name in _DEFAULTS if f"mpm_{name}" in config.modules), None)
    if mpm is None:
        return None
    limit, threads = _DEFAULTS[mpm]
    limit = _number(_held(config, "serverlimit")) or limit
    threads = _number(_held(config, "threadsperchild")) or threads
    most = limit * (1 if mpm == "prefork" else threads)
    held = _held(config, "maxrequestworkers") or _held(config, "maxclients")
    return Room(mpm, min(_number(held) or most, most), most, held.position if held else None)


def allow_requests(config: Config, requests: int) -> Config:
    """Raise MaxRequestWorkers where it is set."""
    held = _held(config, "maxrequestworkers") or _held(config, "maxclients")
    return config if held is None else edits.replaced(config, held, (str(requests),))


def _held(config: Config, name: str) -> Node | None:
    return next((node for node in reversed(list(config.tree.walk())) if node.name == name), None)


def _number(node: Node | None) -> int | None:
    return int(node.args[0]) if node is not None and node.args and node.args[0].isdigit() else None
