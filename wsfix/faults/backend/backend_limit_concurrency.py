"""uvicorn turns requests away: its own limit of connections is reached, and open sockets count too.

Seen as: pages, log-ins and health checks end in 503 `Service Unavailable` as soon as enough sockets are open; the sockets that
are open go on working, and new ones may still be taken.
Told apart: from a proxy's 503, which has a page, by uvicorn's two words; from a maintenance page of the application by the
command line, which holds --limit-concurrency.
Changed: with consent, where the command stands in a unit of systemd: a drop-in words it without the option, and the unit is
restarted. How many connections the host can hold is told by the room section; a limit that is wanted belongs above that.
Source: uvicorn, "Resource Limits" (--limit-concurrency).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.commands import without
from wsfix.faults.backend.rewording import Words, reworded, run_instead, safety
from wsfix.faults.backend.serving import serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS553", "backend-limit-concurrency", Hop.BACKEND, Safety.CONFIRM)
OPTION = "--limit-concurrency"
_UNAVAILABLE = (503, b"Service Unavailable")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend itself says 503 in uvicorn's words and its command holds the option."""
    asked = _turned_away(seen)
    if not asked:
        return
    there = serving(seen)
    limit = there.running.option(OPTION) if there is not None else None
    if there is None or limit is None:
        return
    yield FAULT.finding(
        f"{there.running.words} turns requests away: {OPTION} {limit} is reached, and open sockets count",
        Evidence(asked, "503 Service Unavailable"),
        there.evidence,
        severity=seen.severity,
        safety=safety(reworded(seen, _unlimited)),
        advice=f"Take `{OPTION} {limit}` out of the command that starts the backend, or set it far above the number of sockets "
        "that it is to hold, and restart it.",
    )


def _turned_away(seen: Seen) -> str:
    """Return where uvicorn's own 503 came back, by whatever way; a proxy's has a page, and an application's other words."""
    for walk in (seen.observation.backend, seen.observation.proxy, seen.observation.outside):
        if walk is None:
            continue
        asked = [(step.path, step.reply) for step in walk.credential.steps] if walk.credential is not None else []
        asked.append(("the path as a plain request", walk.plain))
        asked.append(("the handshake", walk.handshake.reply if walk.handshake is not None else None))
        for name, reply in asked:
            if reply is not None and (reply.status, reply.body.strip()) == _UNAVAILABLE:
                return f"{walk.place.value}, {name}"
    return ""


def _unlimited(words: Words) -> Words:
    return without(words, valued=[OPTION])


def cure(seen: Seen, _finding: Finding) -> Iterator[Edit | Action]:
    """Run it without the option."""
    words = reworded(seen, _unlimited)
    if words is not None:
        yield from run_instead(seen, words, FAULT.code)
