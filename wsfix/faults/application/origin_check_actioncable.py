"""Action Cable refuses the page's origin, and Rails words that as 404.

Seen as: 404 `Page not found` for browsers, as if the path were wrong; nothing but the log says why.
Told apart: the log says `Request origin not allowed`; or the answer is Action Cable's own 404, in plain text, and the same
handshake with another origin, or with none, is let in. A path that Rails does not route is answered by a page in HTML.
Changed: nothing; the configuration is the application's. The line is shown.
Source: Rails Guides, "Action Cable Overview" (Allowed Request Origins); ActionCable::Connection::Base, allow_request_origin?.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.origins import ACTION_CABLE, compared, let_in
from wsfix.faults.backend.serving import log_source, logged
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS619",
    "origin-check-actioncable",
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
NOT_FOUND = 404


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where Rails says so, or another origin is let in."""
    if seen.works:
        return
    held = (seen.observation.backend, seen.observation.proxy, seen.observation.outside)
    refused = next((walk for walk in held if walk is not None and not walk.sound and walk.status == NOT_FOUND), None)
    reply = refused.handshake.reply if refused is not None and refused.handshake else None
    if refused is None or reply is None or not reply.body.startswith(ACTION_CABLE):
        return
    other = let_in(seen)
    said = logged(seen, "Request origin not allowed") if other is None else None
    if said is None and other is None:
        return
    evidence = list(compared(*other)) if other else [answer(refused)]
    evidence += [Evidence(log_source(seen), said)] if said else []
    origin = seen.site.page_origins[0]
    yield FAULT.finding(
        f"Action Cable refuses the page's origin {origin}",
        *evidence,
        severity=seen.severity,
        advice=f'In config/environments/production.rb: `config.action_cable.allowed_request_origins = ["{origin}"]`; where page '
        "and cable have one host, `allow_same_origin_as_host` does, if the proxy hands the Host on.",
    )
