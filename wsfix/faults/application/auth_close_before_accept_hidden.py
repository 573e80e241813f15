"""The application refuses before it accepts, so that its close code never reaches a client.

Seen as: 1006 without a reason for every client that is refused, whatever code the application's code names; the page
cannot tell a bad token from a broken network, and tries again and again.
Told apart: the credential is known to be what the server refuses (it has expired, cannot be had, or is good for the API
alone), and the answer is 403 with an empty body, which is what an ASGI server makes of a close before the accept.
Changed: nothing: accept first and then close with 1008 or 4401, or leave it and let the page ask the API for the reason.
Source: the ASGI specification, "WebSocket close"; RFC 6455 section 7.4.1 (1006).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import refused
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Credential

FAULT = Fault("WS646", "auth-close-before-accept-hidden", Hop.APPLICATION, Safety.ADVICE)
FORBIDDEN = 403


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire beside the fault that says why the credential is refused; on a bare 403 alone nothing can be told."""
    walk = refused(seen)
    reply = walk.handshake.reply if walk.handshake else None
    why = _why(walk.credential) if walk.credential is not None else ""
    if seen.site.protocol == "socketio" or reply is None or not why:
        raise NotApplicable
    if reply.status != FORBIDDEN or reply.body.strip():
        return
    yield FAULT.finding(
        "clients that are refused see 1006 and no reason: the application closes before it accepts",
        answer(walk),
        Evidence("credential", why),
        severity=Severity.NOTE,
        advice="`await websocket.accept()` and then `await websocket.close(code=1008, reason=…)`: the page can tell them apart.",
    )


def _why(credential: Credential) -> str:
    """Return why it is known that the credential is refused; empty where it is not."""
    if not credential.held:
        return "it cannot be had"
    if credential.seconds_left is not None and credential.seconds_left <= 0:
        return "it has expired"
    if credential.rest is not None and credential.rest.failure is None:
        return "the API takes it"
    return ""
