"""The server ends a socket since it got no answer to its pings in time.

Seen as: 1011 `keepalive ping timeout` after some tens of seconds, usually under load or on one network only.
Told apart: by code and reason, although wsfix answered every ping that reached it. Where the same socket lives straight at
the backend, pings or pongs are lost on the way; where it ends there too, the server itself is too busy to read the pongs.
Changed: nothing; the times are settings of the server, and a busy event loop is the application's.
Source: websockets, "Keepalive and latency"; uvicorn, --ws-ping-interval and --ws-ping-timeout; RFC 6455 section 5.5.3.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.after.silence import ending, shown, unanswered
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.triage import Suspect

FAULT = Fault("WS661", "server-ping-timeout-1011", Hop.APPLICATION, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the server says so."""
    found = ending(seen)
    if not unanswered(found.silence):
        return
    count = len(found.silence.pings)
    came = f"{count} of its pings came and were answered" if count else "none of its pings came"
    where = {
        Suspect.BACKEND: "straight at the backend as well: it is too busy to read the answers, or waits too short",
        Suspect.PROXY: "straight at the backend it lives: the proxy loses pings or answers",
        Suspect.BEFORE: "through the proxy on its host it lives: they are lost before the proxy",
    }.get(found.by, "where they are lost is not known")
    yield FAULT.finding(
        f"the server ends the socket after {found.silence.held:.0f} s, since it got no answer to a ping: {came}; {where}",
        *shown(found),
        severity=Severity.WARNING,
        advice="Find what blocks the event loop (a synchronous call in a coroutine), or give it more time: uvicorn "
        "`--ws-ping-timeout 60`, daphne `--ping-timeout 60`.",
    )
