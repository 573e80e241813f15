"""The application refuses the Host: TrustedHostMiddleware does not list it.

Seen as: 400 `Invalid host header`, on pages and on sockets.
Told apart: by that body. Where the backend takes the socket under the public name and refuses it through the proxy, the
proxy does not hand the Host on.
Changed: with consent, where the list is read from a variable of the env file that the inventory names: the public name is added
to that line, and the unit is restarted. Else the list is the application's, and the name to add is shown.
Source: Starlette, TrustedHostMiddleware.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.origins import grow, variable_to_grow
from wsfix.faults.application.sources import found, line_of, programs
from wsfix.faults.envfile import Wanted
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Action, EnvChange
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.inside import EnvFile
from wsfix.model.walk import Reply

FAULT = Fault(
    "WS609",
    "trusted-host-400",
    Hop.APPLICATION,
    Safety.CONFIRM,
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
        safety=Safety.CONFIRM if not seen.backend_works and _grown(seen) else Safety.ADVICE,
        advice=f'Add "{seen.site.host}" to allowed_hosts of TrustedHostMiddleware'
        + (f" at {listed[0].path}:{listed[1].line}." if listed else ".")
        + (" The backend itself takes it: let the proxy hand the Host on." if seen.backend_works else ""),
    )


def _says_so(reply: Reply | None) -> bool:
    return reply is not None and reply.body.startswith(BODY)


def _grown(seen: Seen) -> tuple[EnvFile, Wanted] | None:
    if seen.observation.inside is None:
        return None
    variable = next((p.trusted_variable for _, p in programs(seen) if p.trusted_variable), "")
    return variable_to_grow(seen, variable, [seen.site.host])


def cure(seen: Seen, _finding: Finding) -> Iterator[EnvChange | Action]:
    """Add the public name to the variable."""
    yield from grow(seen, _grown(seen), FAULT.code)
