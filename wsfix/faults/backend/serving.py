"""Which server really listens, and what its answer to the handshake means for the framework that it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wsfix.drivers.frameworks import FRAMEWORKS, Meaning, Running, meaning, recognise, recognise_answer
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence
from wsfix.model.inside import Listener, Process
from wsfix.model.walk import Reply, Walk

_OF_A_SERVER = {"tornado": "tornado", "aiohttp": "aiohttp"}
_OF_WS = {(400, b"Bad Request"), (401, b"Unauthorized")}
"""Status and body by which ws turns a socket away: a path that it does not serve, a client that verifyClient refuses."""
_FOR_ASGI = frozenset({"websockets", "wsproto"})
_FOR_WSGI = frozenset({"simple_websocket", "geventwebsocket", "eventlet"})
_FOR_CHANNELS = frozenset({"channels", "daphne"})
"""Where one of them is installed, the sockets are those of an ASGI application, whatever other packages bring along."""
_PROXIES = frozenset({"nginx", "apache2", "httpd", "haproxy", "caddy", "traefik", "envoy", "lighttpd"})


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that wsfix knows, and the processes that hold its port."""

    running: Running
    process: Process
    pids: tuple[int, ...]

    @property
    def evidence(self) -> Evidence:
        """Its command line, as it can be looked up."""
        return Evidence(f"command of pid {self.process.pid}", self.process.command)


def serving(seen: Seen) -> Serving | None:
    """Return the server that listens where the backend should; None where there is none, or none that wsfix knows."""
    return serving_at(seen, seen.listening)


def serving_at(seen: Seen, listeners: Sequence[Listener]) -> Serving | None:
    """Return the server that has these listeners; None where there is none, or none that wsfix knows."""
    processes = seen.inside.known("processes", seen.inside.processes)
    pids = sorted({pid for listener in listeners for pid in listener.pids})
    for pid in pids:
        process = processes.get(pid)
        running = recognise(process.command) if process else None
        if process is not None and running is not None:
            return Serving(running, process, tuple(pids))
    return None


def who(seen: Seen) -> str:
    """Return in words what listens where the backend should, and whether it can take a socket at all."""
    return who_is(seen, seen.listening)


def who_is(seen: Seen, listeners: Sequence[Listener]) -> str:
    """Return in words what these listeners are of, and whether it can take a socket at all."""
    found = serving_at(seen, listeners) if seen.inside.processes is not None else None
    if found is None:
        processes = seen.inside.processes or {}
        pids = sorted({pid for listener in listeners for pid in listener.pids})
        names = sorted({processes[pid].name if pid in processes else f"pid {pid}" for pid in pids})
        return ", ".join(names) or ("something" if listeners else "nothing listens")
    runs = f" ({found.running.application})" if found.running.application else ""
    takes = "" if found.running.asgi or found.running.server.speaks != "wsgi" else "; as WSGI it takes no socket"
    return f"{found.running.words}{runs}{takes}"


def refusal(seen: Seen) -> tuple[Walk, Reply] | None:
    """Return the walk straight to the backend and its answer, where it was one and not a socket."""
    walk = seen.at_backend
    reply = walk.handshake.reply if walk.handshake else None
    return None if walk.sound or reply is None or reply.status == 101 else (walk, reply)  # noqa: PLR2004


def takes_sockets(seen: Seen) -> bool | None:
    """Return whether what listens can take a socket at all; None where that is not known, or a proxy listens there."""
    processes = seen.inside.known("processes", seen.inside.processes)
    pids = {pid for listener in seen.listening for pid in listener.pids}
    if not pids or any(pid in processes and processes[pid].name in _PROXIES for pid in pids):
        return None
    there = serving(seen)
    if there is None or there.running.server.speaks == "own":
        return True
    held, running = there.process.libraries, there.running
    if not running.asgi:
        return None if held is None else bool(held & _FOR_WSGI) and not held & _FOR_CHANNELS
    if "uvicorn" not in running.words.lower():
        return True
    if running.option("--ws") == "none":
        return False
    return None if held is None else bool(held & _FOR_ASGI)


def by_python(seen: Seen) -> bool:
    """Whether what listens where the backend should runs in Python."""
    there = serving(seen)
    if there is not None:
        return there.running.server.speaks != "own"
    processes = seen.inside.processes or {}
    pids = {pid for listener in seen.listening for pid in listener.pids}
    return any(processes[pid].name.startswith("python") for pid in pids if pid in processes)


def framework(seen: Seen) -> str:
    """Return the framework by the inventory's word, or by what the answers and the process tell."""
    said = seen.backend.framework
    if said in FRAMEWORKS:
        return said
    walk = seen.observation.backend
    named = recognise_answer(walk.plain.header("server")) if walk is not None and walk.plain is not None else None
    if named is not None and named.name in _OF_A_SERVER:
        return _OF_A_SERVER[named.name]
    found = serving(seen)
    if found is not None and found.running.server.name == "node" and _by_ws(walk):
        return "ws"
    return "asgi" if found is not None and found.running.asgi else "other"


def _by_ws(walk: Walk | None) -> bool:
    """Whether the answer is worded as ws words its refusals (its lib/websocket-server.js, abortHandshake)."""
    reply = walk.handshake.reply if walk is not None and walk.handshake is not None else None
    return reply is not None and (reply.status, reply.body) in _OF_WS


def told(seen: Seen) -> Meaning | None:
    """Return what the backend's answer means; None where it took the socket or the answer is not known."""
    found = refusal(seen)
    if found is None:
        return None
    walk, reply = found
    return meaning(framework(seen), reply.status, reply.body, same_as_plain=walk.same_as_plain)


def logged(seen: Seen, *words: str) -> str | None:
    """Return the last line of the service's log that holds one of these words."""
    lines = seen.unit.log if seen.site.service is not None and seen.site.service.manager == "systemd" else ()
    return next((line.strip() for line in reversed(lines) if any(word in line for word in words)), None)


def log_source(seen: Seen) -> str:
    """Return where such a line was read."""
    return f"journal of {seen.service.unit}"
