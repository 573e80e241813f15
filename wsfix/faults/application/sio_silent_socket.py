"""Socket.IO takes the socket and says nothing on it, while polling works.

Seen as: clients stay on polling, or hang and begin anew; those with `transports: ["websocket"]` never connect.
Told apart: the 101 is a right one, no open packet follows, and a polling request at the same path is answered by Engine.IO. With
python-socketio the usual reason is its async_mode: left to itself it takes eventlet where that is installed, whatever serves it.
Changed: nothing; the mode stands in the application's code. Where the environment shows what it took, that is said.
Source: python-socketio, "Deployment Strategies"; Flask-SocketIO, "Deployment" and async_mode.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import spoken, told
from wsfix.faults.backend.serving import Serving, serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS639",
    "sio-silent-socket",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=("backend-crash-loop", "sio-upgrade-taken", "sio-eio-version", "nginx-http-version-10"),
)
_MODES = ("eventlet", "geventwebsocket")
"""The libraries that python-socketio takes by itself where they are installed, before threads."""


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where Engine.IO answers polling, and not on its socket."""
    walk, session = spoken(seen)
    handshake = walk.handshake
    if handshake is None or not handshake.accepted or session.opened or session.first or session.code is not None:
        return
    if session.polling is None or not session.polling.speaks:
        return
    there = serving(seen) if seen.observation.inside is not None else None
    taken = _taken(there)
    advice = (
        "Let the server and the mode of Socket.IO be of one kind: `async_mode` and the worker of gunicorn (gevent with its worker, "
        "threading with `--threads`), or an ASGI server for the asynchronous one."
    )
    yield FAULT.finding(
        "the Socket.IO server takes the socket and says nothing on it, while it answers polling",
        answer(walk),
        told(session.polling),
        *([Evidence(f"environment of pid {there.process.pid}", f"{taken} is installed")] if there and taken else []),
        *([there.evidence] if there else []),
        severity=seen.severity,
        advice=f"python-socketio takes {taken} where it is installed, and {there.running.words} is none of that. {advice}"
        if there and taken
        else advice,
    )


def _taken(there: Serving | None) -> str:
    """Return the library that the application took for its mode, and that its server is not of."""
    if there is None or there.running.asgi or not there.process.libraries:
        return ""
    return next((mode for mode in _MODES if mode in there.process.libraries and mode not in there.running.worker), "")
