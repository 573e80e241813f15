"""Clients and server of Socket.IO differ only in the slash at the end of the path.

Seen as: as sio-path-mismatch; `/ws?EIO=4` hangs up after 1.0 s, `/ws/?EIO=4` is answered.
Told apart: a polling request to the same path with, or without, the slash finds Engine.IO.
Changed: nothing. Clients add the slash unless `addTrailingSlash` is false; servers demand it unless theirs is false.
Source: socket.io, "Server options" and "Client options" (addTrailingSlash).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import elsewhere, spoken, told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS622", "sio-trailing-slash", Hop.APPLICATION, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the other spelling of the same path is answered."""
    walk, session = spoken(seen)
    asked = seen.site.backend_path if seen.observation.backend is walk else seen.site.path
    found = next((each for each in elsewhere(session) if each.path.strip("/") == asked.strip("/")), None)
    if session.speaks or found is None or found.path == asked:
        return
    slashed = found.path.endswith("/")
    client = (
        "Remove `addTrailingSlash: false` from the clients"
        if slashed
        else "Set `addTrailingSlash: false` in the clients"
    )
    yield FAULT.finding(
        f"the Socket.IO server answers at {found.path} and not at {asked}, which the clients ask for",
        answer(walk),
        told(found),
        severity=seen.severity,
        advice=f"{client}, and `socketio: {{trailing_slash: {slashed}}}` in the inventory.",
    )
