"""What was seen of the application's opinion on origins."""

from __future__ import annotations

from urllib.parse import urlsplit

from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence
from wsfix.model.walk import DOUBTED_STATUS, Handshake, Walk


def let_in(seen: Seen) -> tuple[Walk, Handshake] | None:
    """Return the walk on which the page's origin was refused and another, or none, was let in."""
    for walk in (seen.observation.backend, seen.observation.proxy, seen.observation.outside):
        if walk is None or walk.sound or walk.status not in DOUBTED_STATUS:
            continue
        for other in walk.other_origins:
            if other.accepted:
                return walk, other
    return None


def compared(walk: Walk, other: Handshake) -> tuple[Evidence, Evidence]:
    """Return both handshakes as evidence."""
    asked = walk.handshake.origin if walk.handshake else None
    return (
        Evidence(walk.place.value, f"Origin {asked or '(none)'}: {walk.status}"),
        Evidence(walk.place.value, f"Origin {other.origin or '(none)'}: 101"),
    )


def host_allowed(origin: str, allowed: tuple[str, ...]) -> bool:
    """Whether ALLOWED_HOSTS lets an origin in: a name, `.example.com` with what is below it, or `*` (Django, ALLOWED_HOSTS)."""
    host = urlsplit(origin).hostname or ""
    for word in (word.lower() for word in allowed):
        if word in {"*", host} or (word.startswith(".") and (host == word[1:] or host.endswith(word))):
            return True
        if "://" in word and urlsplit(word).hostname == host:
            return True
    return False
