"""ALLOWED_HOSTS lacks the public name, and the socket fails for another reason: without a validator it decides about pages only.

Seen as: people add names to ALLOWED_HOSTS, and the socket is refused as before.
Told apart: the list lacks the name, ProtocolTypeRouter hands sockets on, and no module wraps them into
AllowedHostsOriginValidator or OriginValidator. Pages answer 400 once a view asks for the host.
Changed: nothing; a note. The name belongs there for the pages all the same.
Source: Django, ALLOWED_HOSTS (HttpRequest.get_host); Channels, "WebSocket Security".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.origins import host_allowed
from wsfix.faults.application.sources import found, line_of
from wsfix.faults.backend.serving import refusal
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS632", "django-allowed-hosts-http-only", Hop.APPLICATION, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the list is written out, lacks the name, and nobody asks it for sockets."""
    if seen.works or seen.backend_works:
        return
    refused = refusal(seen)
    listed, router = found(seen, lambda p: p.allowed_hosts), found(seen, lambda p: p.protocols)
    if refused is None or listed is None or router is None or "websocket" not in router[1].items:
        return
    if found(seen, lambda p: p.validator) is not None or listed[1].open or not listed[1].items:
        return
    if host_allowed(f"https://{seen.site.host}", listed[1].items):
        return
    yield FAULT.finding(
        f"ALLOWED_HOSTS lacks {seen.site.host}, but no validator asks it about sockets; the cause is elsewhere",
        line_of(listed[0], listed[1].line),
        answer(refused[0]),
        severity=Severity.NOTE,
        advice=f'Add "{seen.site.host}" for the pages; the socket needs something else.',
    )
