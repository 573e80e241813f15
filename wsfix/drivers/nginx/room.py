"""How much a nginx takes: the settings outside of http{}, and their change (ngx_core_module, ngx_event_core)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsfix.drivers.nginx import splice
from wsfix.drivers.nginx.tree import Node
from wsfix.errors import CannotEdit
from wsfix.model.route import Position

if TYPE_CHECKING:
    from wsfix.drivers.nginx.config import Config

CONNECTIONS = 512
"""worker_connections where it is not set."""


@dataclass(frozen=True, slots=True)
class Room:
    """The settings in force; what is None is not set."""

    connections: int
    """For each worker, those to upstreams included."""
    workers: int | None
    """None for `auto`: as many as processors. 1 is the default."""
    files: int | None
    """worker_rlimit_nofile."""
    shutdown_seconds: float | None
    """worker_shutdown_timeout; None where old workers may wait for ever."""
    position: Position
    """Of worker_connections, of events{}, or of the main file."""
    shutdown_position: Position | None = None


def room(config: Config) -> Room:
    """Read the settings."""
    events = _events(config)
    held = events.last("worker_connections") if events else None
    workers = _main(config, "worker_processes")
    files = _main(config, "worker_rlimit_nofile")
    shutdown = _main(config, "worker_shutdown_timeout")
    place = held or events
    return Room(
        connections=_number(held) or CONNECTIONS,
        workers=None if workers is not None and workers.args == ("auto",) else _number(workers) or 1,
        files=_number(files),
        shutdown_seconds=seconds(shutdown.args[0]) if shutdown is not None and shutdown.args else None,
        position=place.position if place else Position(config.main, 1),
        shutdown_position=shutdown.position if shutdown else None,
    )


def seconds(text: str) -> float | None:
    """Read a time as nginx does: `1h 30m`, `90s`, `90`; None where it is none."""
    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
    total, digits, rest = 0.0, "", text.replace(" ", "")
    while rest:
        if rest[0].isdigit():
            digits, rest = digits + rest[0], rest[1:]
            continue
        unit = next((one for one in units if rest.startswith(one)), None)
        if unit is None or not digits:
            return None
        total, digits, rest = total + int(digits) * units[unit], "", rest[len(unit) :]
    return total + int(digits) if digits else total


def allow_connections(config: Config, connections: int) -> Config:
    """Let each worker have so many connections, and as many open files."""
    events = _events(config)
    if events is None:
        raise CannotEdit(f"{config.main}: there is no events{{}} block")
    held = events.last("worker_connections")
    document = config.document(events)
    if held is not None:
        config = config.with_document(
            splice.replace_arguments(config.document(held), held.directive, [str(connections)])
        )
    else:
        config = config.with_document(
            splice.insert_first(document, events.directive, [f"worker_connections {connections};"])
        )
    files = room(config).files
    return config if files is not None and files >= 2 * connections else allow_files(config, 2 * connections)


def allow_files(config: Config, files: int) -> Config:
    """Let each worker open so many files; a master that is root may allow it more than it has itself."""
    return set_main(config, "worker_rlimit_nofile", str(files))


def set_main(config: Config, name: str, value: str) -> Config:
    """Give a directive outside of all blocks a value, or put it before events{} or the first block."""
    held = _main(config, name)
    if held is not None:
        document = config.document(held)
        return config.with_document(splice.replace_arguments(document, held.directive, [value]))
    first = next((node for node in config.tree.nodes if node.directive.is_block and node.path == config.main), None)
    if first is None:
        raise CannotEdit(f"{config.main}: there is no block before which {name} could stand")
    line = f"{name} {value};"
    return config.with_document(splice.insert_before(config.document(first), first.directive, [line], blank=True))


def _events(config: Config) -> Node | None:
    return next((node for node in config.tree.nodes if node.name == "events" and node.directive.is_block), None)


def _main(config: Config, name: str) -> Node | None:
    return next((node for node in reversed(config.tree.nodes) if node.name == name), None)


def _number(node: Node | None) -> int | None:
    return int(node.args[0]) if node is not None and node.args and node.args[0].isdigit() else None
