"""The application ends the connection when a socket is asked for, and says nothing.

Seen as: 502 through nginx, Apache and Caddy at once, 1006 in the page; pages work.
Told apart: straight at the backend the connection ends without an answer to the upgrade, and a plain GET of the same path is
answered. A port that speaks TLS is backend-speaks-tls, a process that dies of it backend-crash-loop; an end after one second is
Engine.IO's word for a path that it does not serve.
Changed: nothing; only the application's people know what it hangs up on.
Source: Node.js, http, Event 'upgrade'; ws, "Multiple servers sharing a single HTTP/S server" (`socket.destroy()`).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.serving import serving, who
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure

FAULT = Fault(
    "WS697",
    "application-hangs-up",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=(
        "backend-crash-loop",
        "backend-wrong-entrypoint",
        "backend-oom",
        "backend-nofile",
        "ws-route-trailing-slash",
        "sio-client-vs-plain-ws",
        "sio-path-mismatch",
        "old-code-running",
    ),
)
_HUNG_UP = frozenset({Failure.CLOSED, Failure.RESET})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend itself hangs up on the handshake, and on nothing else."""
    if seen.works or seen.site.protocol == "socketio":
        return
    walk = seen.at_backend
    handshake = walk.handshake
    if handshake is None or handshake.reply is not None or handshake.failure not in _HUNG_UP:
        return
    if walk.plain is None or walk.tls_spoken:
        return
    there, path = serving(seen), seen.backend_path
    advice = f"See what it does with an upgrade at {path}: whether it knows the path, and whether it raises before it answers."
    if there is not None and there.running.server.name == "node":
        advice = (
            f"Look at what listens for `upgrade`: it calls `socket.destroy()` for a path or a client that it does not know. {path} "
            "must be a path of its own; a refusal is better worded as an answer, such as 401 or 404."
        )
    yield FAULT.finding(
        f"the application hangs up when a socket is asked for at {path}, and answers pages",
        answer(walk),
        Evidence("plain GET at the backend", f"{walk.plain.status} {walk.plain.reason}".strip()),
        Evidence(seen.backend.words, who(seen)),
        severity=seen.severity,
        advice=advice,
    )
