"""The entry that takes the socket's path answers by itself, and the backend is never asked.

Seen as: 403, 404, 410 or a redirection that no browser follows, with a body of the proxy's; or the connection is cut (`abort`).
Told apart: the entry or directive that ends the way of this very URL is known and holds an answer of its own (Caddy: `respond`,
`redir`, `error`, `abort`; HAProxy: `http-request return`); the backend takes the socket when it is asked directly. Where only
the entry for everything answers, the socket lacks one of its own: proxy-websocket-location-missing.
Changed: nothing, since somebody may have closed it on purpose; the place is shown.
Source: Caddyfile directives (respond, redir, error, abort), directive order; HAProxy, http-request return.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.proxy.taking import answers
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS494",
    "proxy-answers-itself",
    Hop.PROXY,
    Safety.ADVICE,
    explained_by=("haproxy-request-denied", "haproxy-redirected", "haproxy-no-server", "caddy-path-matcher-exact"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where an entry that is meant for this path, or a redirection, ends it."""
    route = seen.route
    if not answers(route) or not route.named or seen.works_through_proxy or route.uncertain:
        return
    walk = seen.through_proxy
    if walk.status != route.status or not seen.backend_works:
        return
    what = "cuts the connection" if route.status is None else f"answers {route.status}"
    where = f" to {route.redirect}" if route.redirect else ""
    yield FAULT.finding(
        f"`{route.match or 'the site'}` {what}{where} by itself; the backend is never asked",
        seen.at(route.position, around=2),
        answer(walk),
        answer(seen.at_backend),
        severity=seen.severity_at_proxy,
        advice=f"Let it leave {seen.site.prefix} alone, or take the answer away at {route.position}.",
    )
