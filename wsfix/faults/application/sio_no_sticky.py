"""The requests of one polling session reach different processes, and each knows only its own sessions.

Seen as: 400 `{"code":1,"message":"Session ID unknown"}` (Node) or `Invalid session` (Python); a client that begins with
the WebSocket works.
Told apart: several requests with one session id, each on a new connection, straight at the port. Processes that share
one port (PM2's cluster mode, gunicorn and uvicorn with workers) take turns, whatever the proxy does: `ip_hash` in nginx
only tells ports apart.
Changed: with consent, where the command stands in a unit of systemd and asks for workers: a drop-in words it with one, and the
unit is restarted (PM2 is pm2-cluster-mode). Else one process, clients with `transports: ["websocket"]`, or the sticky adapter.
Source: socket.io, "Using multiple nodes" and "@socket.io/sticky"; pm2.io, "Socket.IO and cluster mode".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.commands import without
from wsfix.faults.application.spoken import own, told
from wsfix.faults.backend.rewording import Words, reworded, run_instead, safety
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure, Walk

FAULT = Fault(
    "WS627",
    "sio-no-sticky",
    Hop.APPLICATION,
    Safety.CONFIRM,
    explained_by=("pm2-cluster-mode",),
    covers=("lb-no-stickiness",),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a further request of a session is not known any more."""
    if seen.site.protocol != "socketio" or seen.works:
        raise NotApplicable
    walk = own(seen)
    balanced = walk.sound and seen.observation.outside is not None
    if balanced and seen.observation.outside is not None:
        walk = seen.observation.outside
    session = walk.session
    if session is None or session.sticky is None or session.sticky.failure is not Failure.NOT_STICKY:
        return
    evidence = [told(session.sticky), Evidence("websocket", "101" if session.opened else "not opened")]
    evidence += _processes(seen, walk)
    message = "requests of one polling session reach different processes"
    if balanced:
        message = "the proxy spreads the requests of one polling session over several servers"
    alone = None if balanced or seen.observation.inside is None else reworded(seen, _with_one)
    advice = _advice(seen, balanced=balanced)
    yield FAULT.finding(message, *evidence, severity=seen.severity, safety=safety(alone), advice=advice)


def _with_one(words: Words) -> Words:
    return without(words, valued=["--workers", "-w"])


def cure(seen: Seen, _finding: Finding) -> Iterator[Edit | Action]:
    """Run one process."""
    words = reworded(seen, _with_one)
    if words is not None:
        yield from run_instead(seen, words, FAULT.code)


def _processes(seen: Seen, walk: Walk) -> list[Evidence]:
    """Return the processes at the backend's port, where the host was seen."""
    del walk
    if seen.observation.inside is None or seen.observation.inside.listeners is None or seen.site.backend is None:
        return []
    pids = sorted({pid for listener in seen.listening for pid in listener.pids})
    names = {pid: process.name for pid, process in (seen.observation.inside.processes or {}).items()}
    said = ", ".join(f"{names.get(pid, 'process')} {pid}" for pid in pids)
    return [Evidence(seen.backend.words, said)] if said else []


def _advice(seen: Seen, *, balanced: bool) -> str:
    websocket = 'let the clients use `transports: ["websocket"]` (and so under `socketio` in the inventory)'
    if balanced:
        return f"Put `ip_hash;` or `hash $remote_addr consistent;` into the upstream; or {websocket}."
    one = 'run one process: `exec_mode: "fork", instances: 1` in the ecosystem file'
    if seen.site.service is None or seen.site.service.manager != "pm2":
        one = "run one process: no `--workers`, `-w` or cluster"
    return (
        f"Either {one}; or {websocket}; or keep several processes with @socket.io/sticky and an adapter. `ip_hash` in the "
        "proxy does not help, since they share one port."
    )
