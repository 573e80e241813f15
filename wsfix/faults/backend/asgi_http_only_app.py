"""The ASGI application routes no sockets: Django's own application stands alone in asgi.py.

Seen as: 500 on sockets only; pages and the API work.
Told apart: straight at the backend a plain GET is answered otherwise, and the log says `Django can only handle ASGI/HTTP
connections`, or asgi.py has no part for websocket. A route that Channels does not know is 500 too; that is ws-route-missing.
Changed: nothing; asgi.py is the application's. Its line and what to write there are shown.
Source: Channels, "Deploying" (ProtocolTypeRouter); Django, django.core.handlers.asgi.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.sources import line_of, programs
from wsfix.faults.backend.serving import log_source, logged, refusal, serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS544", "asgi-http-only-app", Hop.BACKEND, Safety.ADVICE)
FAILED = 500


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the application fails on the socket because nothing in it is for one."""
    if seen.works:
        return
    refused = refusal(seen)
    if refused is None or refused[1].status != FAILED or refused[0].same_as_plain:
        return
    said = logged(seen, "Django can only handle ASGI/HTTP connections, not websocket")
    place = _place(seen)
    if said is None and place is None:
        return
    there = serving(seen)
    evidence = [answer(refused[0])]
    evidence += [place] if place else []
    evidence += [Evidence(log_source(seen), said)] if said else []
    evidence += [there.evidence] if there else []
    yield FAULT.finding(
        "the ASGI application has no part for sockets: it fails on every one",
        *evidence,
        severity=seen.severity,
        advice=f"In {place.source if place else 'asgi.py'} write "
        '`application = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": '
        "AllowedHostsOriginValidator( AuthMiddlewareStack( URLRouter(websocket_urlpatterns)))})`.",
    )


def _place(seen: Seen) -> Evidence | None:
    """Return the line of an asgi.py that has no part for sockets."""
    for source, program in programs(seen):
        if source.name != "asgi.py":
            continue
        if program.only_http is not None:
            return line_of(source, program.only_http)
        if program.protocols is not None and not program.protocols.open and "websocket" not in program.protocols.items:
            return line_of(source, program.protocols.line)
    return None
