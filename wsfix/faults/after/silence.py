"""What the silent sockets and the message told to many say, as the rules of this room need it."""

from __future__ import annotations

from wsfix.errors import NotObserved
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.after import Delivery, Silence
from wsfix.model.finding import Evidence
from wsfix.model.walk import Place
from wsfix.triage import Ended, Suspect, ended, fate

KEEPALIVE_CODE = 1011
"""With which servers end a socket whose pings are not answered (websockets, and uvicorn with it)."""


def silent(seen: Seen) -> Silence:
    """Return the silent socket from outside; NotApplicable where that was not asked."""
    held = [each for each in seen.observation.silences if each.place is Place.OUTSIDE and each.pinged_every is None]
    if not held:
        raise NotApplicable
    if not held[0].opened or held[0].displaced:
        raise NotObserved("a silent socket", fate(held[0]))
    return held[0]


def ending(seen: Seen) -> Ended:
    """Return how the silent socket from outside ended; NotApplicable where it lived."""
    silent(seen)
    found = ended(seen.observation)
    if found is None:
        raise NotApplicable
    return found


def unanswered(silence: Silence) -> bool:
    """Whether the server says that its pings were not answered."""
    return silence.close_code == KEEPALIVE_CODE and "ping" in silence.close_reason.lower()


def by_whom(found: Ended) -> Suspect:
    """Return who ended it; a close frame is written by the server itself, since proxies pass bytes and write none."""
    if found.by is Suspect.UNKNOWN and found.silence.close_code not in {None, 1006}:
        return Suspect.BACKEND
    return found.by


def shown(found: Ended) -> tuple[Evidence, ...]:
    """Return the sockets that were compared as evidence."""
    silences = [found.silence, *found.beside, *([found.pinged] if found.pinged is not None else [])]
    return tuple(Evidence(_source(each), fate(each)) for each in silences)


def _source(silence: Silence) -> str:
    kept = f"pinged every {silence.pinged_every:g} s" if silence.pinged_every else "silent"
    return f"{silence.place.value}, {kept}"


def delivery(seen: Seen) -> Delivery:
    """Return what became of the message; NotApplicable where that was not asked."""
    told = seen.observation.delivery
    if told is None:
        raise NotApplicable
    if not told.ears:
        raise NotObserved("the delivery of a message", told.reason)
    return told


def counted(told: Delivery) -> Evidence:
    """Return the count as evidence."""
    return Evidence(f"one message, told by {told.way.value}", f"{told.heard} of {told.opened} sockets heard it")
