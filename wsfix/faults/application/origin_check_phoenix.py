"""Phoenix refuses the page's origin: check_origin of the endpoint does not list it.

Seen as: 403 with an empty body in browsers; tools without an Origin get through.
Told apart: the application's log says `Could not check origin for Phoenix.Socket transport`; or the server is Cowboy, and the
same handshake with another origin, or with none, is let in.
Changed: nothing; the endpoint's configuration is the application's. The line is shown.
Source: Phoenix.Endpoint, :check_origin; Phoenix.Socket.Transport.check_origin/5.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.origins import compared, let_in
from wsfix.faults.backend.serving import log_source, logged
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS618",
    "origin-check-phoenix",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=(
        "env-value-wrong",
        "env-not-loaded",
        "nginx-host-not-preserved",
        "apache-preservehost-off",
        "proxy-host-not-preserved",
    ),
)
WORDS = "Could not check origin for Phoenix.Socket transport"
FORBIDDEN = 403


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where Phoenix says so, or Cowboy lets another origin in."""
    if seen.works:
        return
    held = (seen.observation.backend, seen.observation.proxy, seen.observation.outside)
    refused = next((walk for walk in held if walk is not None and not walk.sound and walk.status == FORBIDDEN), None)
    reply = refused.handshake.reply if refused is not None and refused.handshake else None
    if refused is None or reply is None:
        return
    other = let_in(seen)
    said = logged(seen, WORDS) if other is None else None
    cowboy = (reply.header("server") or "").lower() == "cowboy" and not reply.body.strip()
    if said is None and (other is None or not cowboy):
        return
    evidence = list(compared(*other)) if other else [answer(refused)]
    evidence += [Evidence(log_source(seen), said)] if said else []
    origin = seen.site.page_origins[0]
    yield FAULT.finding(
        f"Phoenix refuses the page's origin {origin}",
        *evidence,
        severity=seen.severity,
        advice=f'In config/runtime.exs set `url: [host: "{origin.partition("://")[2].partition(":")[0]}"]` of the endpoint '
        f'(PHX_HOST of a release), or add it: `check_origin: ["{origin}"]`; never `check_origin: false`.',
    )
