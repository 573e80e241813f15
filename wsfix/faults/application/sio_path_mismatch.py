"""Clients of Socket.IO ask at a path that its server does not know.

Seen as: `TransportError: websocket error`, `xhr poll error`, 404; through nginx 502 after one second.
Told apart: a polling request finds Engine.IO at another path; or the server, asked directly, holds the upgrade for 1.0 s
and closes it without a word, which Node's Engine.IO does with every path that is not its own; or a server of Python, asked
directly, has nothing at this path, neither for polling (404) nor for the socket (404, 403, or 500).
Changed: nothing by itself. Which of the two paths is meant is not known: name the server's as `backend: {path: …}`, and
the proxy is made to send it there; or set the server's `path` option.
Source: socket.io, "Server options" (path, destroyUpgradeTimeout).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import elsewhere, hung_up, lost_in_python, spoken, told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS621", "sio-path-mismatch", Hop.APPLICATION, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where Engine.IO answers at another path, or hangs up as it does at a strange one."""
    walk, session = spoken(seen)
    if session.speaks:
        return
    asked = seen.site.backend_path if seen.observation.backend is walk else seen.site.path
    found = elsewhere(session)
    if any(each.path.strip("/") == asked.strip("/") for each in found) or not (
        found or hung_up(walk) or lost_in_python(seen, walk, session)
    ):
        return
    evidence = [answer(walk), *(told(each) for each in found)]
    if hung_up(walk) and walk.handshake is not None:
        evidence.append(Evidence("time", f"{walk.handshake.seconds:.2f} s, the signature of Engine.IO at another path"))
    if not found and session.polling is not None and not hung_up(walk):
        evidence.append(told(session.polling))
    where = f"; it answers at {found[0].path}" if found else ""
    yield FAULT.finding(
        f"the Socket.IO server does not know the path {asked}{where}",
        *evidence,
        severity=seen.severity,
        advice=_advice(asked, found[0].path if found else None),
    )


def _advice(asked: str, found: str | None) -> str:
    server = f'Set `path: "{asked.rstrip("/") or "/"}"` in the options of the Socket.IO server'
    if found is None:
        return f"{server}, or name the path that it has: `backend: {{path: …}}`."
    return (
        f'{server}, or write `backend: {{path: "{found}"}}` in the inventory, and wsfix lets the proxy send it there.'
    )
