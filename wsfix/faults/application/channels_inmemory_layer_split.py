"""Several processes serve one application, and its channel layer lives in the memory of each.

Seen as: the socket opens, and messages sent by another process never arrive; no error anywhere.
Told apart: the settings name InMemoryChannelLayer, and the application is served by more than one server or by a server
with more than one process.
Changed: nothing; a layer that connects the processes needs Redis and a package. The lines are shown.
Source: Channels, "Channel Layers" (In-Memory: do not use in production); channels_redis.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.sources import directory_of, line_of, programs
from wsfix.faults.backend.serving import Serving, serving_at
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS610", "channels-inmemory-layer-split", Hop.APPLICATION, Safety.ADVICE)
IN_MEMORY = "InMemoryChannelLayer"


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the layer cannot connect the processes that are there."""
    held = [(source, program.layer) for source, program in programs(seen) if program.layer is not None]
    layer = next((each for each in held if each[1].backend.endswith(IN_MEMORY)), None)
    if layer is None or (layer[1].unless and not _unset(seen, layer[1].unless)):
        return
    servers = _servers(seen)
    if len(servers) + sum(len(server.pids) > _ALONE for server, _ in servers) < _SEVERAL:
        return
    evidence = [line_of(layer[0], layer[1].line)]
    evidence += [
        Evidence(
            f"port {port}, {len(server.pids)} process{'es' if len(server.pids) > 1 else ''}", server.process.command
        )
        for server, port in servers
    ]
    if layer[1].unless:
        evidence.append(Evidence(seen.env.file, f"{layer[1].unless} is not set: it would choose another layer"))
    told = seen.observation.delivery
    if told is not None and told.published and not told.whole:
        evidence.append(Evidence("one message, published once", f"{told.heard} of {told.opened} sockets heard it"))
    yield FAULT.finding(
        "the channel layer is in memory, and several processes serve the application: messages do not cross between them",
        *evidence,
        severity=Severity.WARNING,
        advice=f"Set {layer[1].unless} in {seen.env.file} to the address of Redis, and restart both."
        if layer[1].unless
        else f"At {layer[0].path}:{layer[1].line} name `channels_redis.core.RedisChannelLayer` with "
        '`"CONFIG": {"hosts": [("127.0.0.1", 6379)]}`, install channels_redis and Redis, and restart both.',
    )


def _unset(seen: Seen, variable: str) -> bool:
    """Whether the env file that the unit reads lacks a variable; without such a file nothing is concluded."""
    if seen.site.env is None or seen.env.file not in seen.unit.environment_files:
        return False
    files = seen.inside.known("env", seen.inside.env)
    return seen.inside.known("env", files.get(seen.env.file)).last(variable) is None


_ALONE, _SEVERAL = 2, 2
"""gunicorn's master holds the port too: two processes are one that serves."""


def _servers(seen: Seen) -> list[tuple[Serving, int]]:
    """Return the servers whose application is that of the backend's directory."""
    directory = directory_of(seen)
    if directory is None:
        raise NotApplicable
    listeners = seen.inside.known("listeners", seen.inside.listeners)
    found_here = [
        (serving_at(seen, seen.listeners(port)), port) for port in sorted({listener.port for listener in listeners})
    ]
    return [(server, port) for server, port in found_here if server is not None and _is_of(server, directory)]


def _is_of(server: Serving, directory: str) -> bool:
    where = server.process.cwd
    return where == directory or where.startswith(f"{directory}/") or f" {directory}" in server.process.command
