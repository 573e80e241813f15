"""The application keeps one socket for each user: a second tab takes the place of the first.

Seen as: with two tabs or devices, only the one that connected last gets messages; closing it silences the other too.
Told apart: a line of the source puts the socket under a key into a mapping of connections, and not into a list or a set there.
Whether the key is made anew for each connection cannot be told from the text, so it is a note.
Changed: nothing; the line is shown.
Source: FastAPI, "WebSockets" (handling disconnections and multiple clients keeps a list).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.sources import line_of, programs
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS636",
    "state-one-socket-per-key",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=("multi-instance-last-wins",),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for the first such line."""
    if seen.site.backend is None:
        return
    for source, program in programs(seen):
        if program.top.one_each is not None and program.routes:
            yield FAULT.finding(
                "the application keeps one socket for each key: a user's second tab takes the place of the first",
                line_of(source, program.top.one_each),
                severity=Severity.NOTE,
                advice="Keep a set of sockets under each key (`setdefault(key, set()).add(websocket)`), and discard one by one.",
            )
            return
