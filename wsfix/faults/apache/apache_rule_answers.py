"""A RewriteRule answers the handshake by itself, and the backend is never asked.

Seen as: 403, 404 or 410 with Apache's own page, or a redirection that no browser follows; pages may work.
Told apart: the rule that ends the way of this very URL is known, with its flags ([F], [G], [R]), and the backend takes the
socket when it is asked directly. A redirection from ws:// to https:// is apache-redirect-https; one to the backend's own
address is apache-rewrite-no-p.
Changed: nothing, since the rule may guard something: the condition that leaves sockets out is shown.
Source: mod_rewrite, RewriteRule flags F, G, R; RFC 6455 section 4.1 (a client need not follow).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind

FAULT = Fault(
    "WS470",
    "apache-rule-answers",
    Hop.PROXY,
    Safety.ADVICE,
    explained_by=("apache-wrong-vhost", "apache-rewrite-no-p", "apache-redirect-https", "apache-proxypass-order"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a rule of rewriting ends the way with a status of its own."""
    route = seen.route
    if route.kind is not RouteKind.RETURN or not route.match.startswith("RewriteRule") or not route.named:
        return
    walk = seen.through_proxy
    if seen.works_through_proxy or walk.status != route.status or not seen.backend_works:
        return
    where = f" to {route.redirect}" if route.redirect else ""
    yield FAULT.finding(
        f"`{route.match}` answers {route.status}{where} by itself; the backend is never asked",
        seen.at(route.position),
        answer(walk),
        answer(seen.at_backend),
        severity=seen.severity_at_proxy,
        advice="Put `RewriteCond %{HTTP:Upgrade} !=websocket [NC]` on the line before that rule.",
    )
