"""Nobody pings a silent socket: whatever on the way forgets silent connections ends it, and nobody notices.

Seen as: sockets that die after a minute, after lunch, or when a phone changes its network; both ends may think for long
that the socket is open.
Told apart: a socket was held silent for a minute, and the server sent no ping frame and no ping of Engine.IO. A warning only
where the socket also ended and comparing names no hop; else a note, since the hop that ended it is told by its own fault.
Changed: nothing; the ping is a setting or a few lines of the application.
Source: RFC 6455 section 5.5.2; uvicorn, --ws-ping-interval; Engine.IO, revision 4, "Heartbeat".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.errors import NotObserved
from wsfix.faults.after.cdn_idle_close import edges
from wsfix.faults.after.silence import by_whom, ending, shown, silent
from wsfix.faults.backend.serving import serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.after import Silence
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.triage import Ended, Suspect, fate

FAULT = Fault("WS660", "no-heartbeat", Hop.APPLICATION, Safety.ADVICE)
LONG_SECONDS = 60.0
"""Servers that ping do so every 20 to 54 s; a shorter silence shows nothing."""
_ADVICE = "Let the server ping every 20 to 30 s (ws: `ws.ping()` from a timer; Go: a ping from the write loop)."
_OF_SERVER = {
    "uvicorn": "Start uvicorn with `--ws websockets --ws-ping-interval 20 --ws-ping-timeout 20`.",
    "daphne": "Start daphne with `--ping-interval 20 --ping-timeout 30`.",
    "hypercorn": "Set `websocket_ping_interval = 20` in hypercorn's configuration.",
    "gunicorn": "gunicorn's own worker does not ping: serve with `-k uvicorn_worker.UvicornWorker`, or ping in the code.",
}


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a long silence passed, or ended the socket, without a ping of the server."""
    silence, found = silent(seen), _ending(seen)
    if silence.heartbeats or (found is None and silence.held < LONG_SECONDS):
        return
    evidence: tuple[Evidence, ...] = (_of(silence),)
    if found is None:
        message = f"nobody pinged a silent socket in {silence.held:.0f} s"
    elif by_whom(found) is Suspect.BACKEND:
        return
    else:
        message = f"the server never pings, and a silent socket is ended after {silence.held:.0f} s"
        evidence = (*shown(found), *edges(seen.outside))
    unnamed = found is not None and by_whom(found) in {Suspect.UNKNOWN, Suspect.BEHIND}
    yield FAULT.finding(
        message,
        *evidence,
        severity=Severity.WARNING if unnamed else Severity.NOTE,
        advice=_advice(seen),
    )


def _ending(seen: Seen) -> Ended | None:
    try:
        return ending(seen)
    except NotApplicable:
        return None


def _of(silence: Silence) -> Evidence:
    return Evidence(silence.place.value, fate(silence))


def _advice(seen: Seen) -> str:
    """Word the setting of the server that listens, where that was seen."""
    try:
        there = serving(seen)
    except (NotObserved, NotApplicable):
        return _ADVICE
    return _OF_SERVER.get(there.running.server.name, _ADVICE) if there is not None else _ADVICE
