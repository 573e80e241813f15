"""A header of the handshake is longer than Apache takes.

Seen as: 400 with "Size of a request header field exceeds server limit", for some users only: those with many cookies or a long
token.
Told apart: by the words of Apache's own page; a shorter handshake passes, and the backend takes the socket directly.
Changed: nothing: the directive with a larger value is shown. A token in a cookie or the first message is better than one that
grows.
Source: Apache core, LimitRequestFieldSize (8190 by default; a virtual host's value counts only where it is the first of its
address).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Walk

FAULT = Fault("WS472", "apache-header-too-long", Hop.PROXY, Safety.ADVICE)
_SAYS = (b"request header field exceeds server limit", b"number of request header fields exceeds")
LARGER = 32768


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where Apache says so itself."""
    walk = next((each for each in (seen.observation.outside, seen.observation.proxy) if each and _said(each)), None)
    if walk is None:
        return
    yield FAULT.finding(
        "a header of the handshake is longer than Apache takes",
        answer(walk),
        severity=Severity.ERROR,
        advice=f"Write `LimitRequestFieldSize {LARGER}` outside of all virtual hosts (and `LimitRequestFields 200` where their number is "
        "too large), and reload Apache.",
    )


def _said(walk: Walk) -> bool:
    reply = walk.handshake.reply if walk.handshake is not None else None
    return reply is not None and any(words in reply.body for words in _SAYS)
