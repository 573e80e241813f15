"""The application refuses the Host: TrustedHostMiddleware does not list it.

Seen as: 400 `Invalid host header`, on pages and on sockets.
Told apart: by that body. Where the backend takes the socket under the public name and refuses it through the proxy, the
proxy does not hand the Host on.
Changed: nothing; the list is the application's. The name to add is shown.
Source: Starlette, TrustedHostMiddleware.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.sources import found, line_of
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Reply

FAULT = Fault(
    "WS609",
    "trusted-host-400",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=("nginx-host-not-preserved", "apache-preservehost-off", "proxy-host-not-preserved"),
)
BODY = b"Invalid host header"
STATUS = 400


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the middleware's own words came back."""
    if seen.works:
        return
    places = (seen.observation.backend, seen.observation.proxy, seen.observation.outside)
    refused = [
        w
        for w in places
        if w is not None and w.status == STATUS and _says_so(w.handshake.reply if w.handshake else None)
    ]
    if not refused:
        return
    listed = found(seen, lambda program: program.trusted_hosts) if seen.observation.inside is not None else None
    evidence = [answer(walk) for walk in refused] + ([line_of(listed[0], listed[1].line)] if listed else [])
    yield FAULT.finding(
        f"the application takes no requests for the host {seen.site.host}",
        *evidence,
        severity=seen.severity,
        advice=f'Add "{seen.site.host}" to allowed_hosts of TrustedHostMiddleware'
        + (f" at {listed[0].path}:{listed[1].line}." if listed else ".")
        + (" The backend itself takes it: let the proxy hand the Host on." if seen.backend_works else ""),
    )


def _says_so(reply: Reply | None) -> bool:
    return reply is not None and reply.body.startswith(BODY)
