"""The application thinks too long before it accepts the socket.

Seen as: CONNECTING for seconds, then the socket opens, or the proxy gives up with 504.
Told apart: straight at the backend a plain GET is answered at once, and the handshake is not: what waits stands between the
upgrade and accept(), such as a look into a database or for a key. A process that answers nothing at all is
backend-event-loop-blocked.
Changed: nothing; the order is the application's. What to do is shown.
Source: ASGI specification, "WebSocket" (websocket.accept); RFC 6455 section 4.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.backend_event_loop_blocked import silent
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Walk

FAULT = Fault("WS535", "backend-slow-before-accept", Hop.BACKEND, Safety.ADVICE)
SLOW_SECONDS = 5.0
"""Longer than any look-up should take, and shorter than the patience of proxies."""
_ADVICE = (
    "Accept first and authenticate then, with a deadline of its own: close with 4401 where it fails; or make what is "
    "asked before accept() quick."
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the handshake waits and a plain request does not."""
    walk = seen.observation.backend if seen.works else seen.at_backend
    if walk is None or walk.handshake is None:
        return
    if walk.handshake.accepted and walk.handshake.seconds >= SLOW_SECONDS:
        yield _finding(seen, walk, f"after {walk.handshake.seconds:.0f} s")
    elif silent(walk) and walk.plain is not None and not seen.works:
        yield _finding(seen, walk, "in no time that wsfix waits")


def _finding(seen: Seen, walk: Walk, when: str) -> Finding:
    evidence = [answer(walk)]
    if walk.plain is not None:
        evidence.append(Evidence("plain GET at the backend", f"{walk.plain.status} {walk.plain.reason}".strip()))
    else:
        evidence.append(
            Evidence("handshake at the backend", f"{walk.handshake.seconds if walk.handshake else 0:.1f} s")
        )
    accepted = walk.handshake is not None and walk.handshake.accepted
    return FAULT.finding(
        f"the application answers pages at once, and the handshake {when}"
        if walk.plain is not None
        else f"the application accepts the socket only {when}",
        *evidence,
        severity=Severity.WARNING if seen.works or (accepted and seen.works_through_proxy) else Severity.ERROR,
        advice=_ADVICE,
    )
