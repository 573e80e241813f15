"""What a number in an answer means: the status of a handshake, or the code of a close."""

from __future__ import annotations

from wsfix.model.closes import CODES
from wsfix.model.meaning import Meaning
from wsfix.model.statuses import STATUSES
from wsfix.model.walk import Walk

_SWITCHING = 101
PRIVATE = range(4000, 5000)
"""Codes that an application makes its own (RFC 6455 section 7.4.2)."""


def meaning_of(number: int) -> Meaning | None:
    """Return what is known of a status or a code; of a private code what its range says."""
    found = STATUSES.get(number) or CODES.get(number)
    if found is None and number in PRIVATE:
        told = "An application's own code (4000 to 4999): only its source says what it means."
        return Meaning(number, "Private Use", told, source="RFC 6455 section 7.4.2")
    return found


def meaning_of_walk(walk: Walk) -> Meaning | None:
    """Return what a walk's answer means: its close code where the socket was accepted, else its status."""
    handshake = walk.handshake
    if handshake is None or walk.sound:
        return None
    if handshake.close_code is not None:
        return meaning_of(handshake.close_code)
    return STATUSES.get(walk.status) if walk.status not in {None, _SWITCHING} else None
