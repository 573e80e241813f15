"""Settings against forged requests stand beside the socket, and it fails for another reason: a handshake is a GET.

Seen as: people add exemptions and trusted origins, and nothing changes.
Told apart: CSRF_TRUSTED_ORIGINS or csrf_exempt around a consumer stands in the application, and the socket is refused. Django's
protection looks at unsafe methods only. Exceptions: the POSTs of Socket.IO's polling, and Rails, whose
disable_request_forgery_protection of Action Cable is the check of the Origin.
Changed: nothing; a note, so that nobody looks there.
Source: Django, "Cross Site Request Forgery protection" (How it works); RFC 9110 section 9.2.1 (safe methods).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.sources import line_of, programs
from wsfix.faults.backend.serving import refusal
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS631", "csrf-irrelevant-ws", Hop.APPLICATION, Safety.ADVICE)
REFUSALS = frozenset({400, 401, 403})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where somebody is likely to look there in vain."""
    if seen.works or seen.backend_works or seen.site.protocol == "socketio":
        return
    refused = refusal(seen)
    if refused is None or refused[1].status not in REFUSALS:
        return
    held = next(((s, p.top.csrf) for s, p in programs(seen) if p.top.csrf is not None), None)
    if held is None or held[1] is None:
        return
    yield FAULT.finding(
        "settings against forged requests do not decide about a handshake, which is a GET; the cause is elsewhere",
        line_of(held[0], held[1]),
        answer(refused[0]),
        severity=Severity.NOTE,
        advice="Leave them as they are; what a socket may open is said by AllowedHostsOriginValidator, or by its own check.",
    )
