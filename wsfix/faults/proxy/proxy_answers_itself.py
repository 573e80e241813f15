"""The entry that takes the socket's path answers by itself, and the backend is never asked.

Seen as: 401 with `WWW-Authenticate`, 403, 404, 410 or a redirection that no browser follows, with a body of the proxy's; or the
connection is cut (`abort`). Often only from outside: a rule about addresses lets the host itself in.
Told apart: the entry or directive that ends the way of this very URL is known and holds an answer of its own (Caddy: `respond`,
`redir`, `error`, `abort`; HAProxy: `http-request return`); or the way passes one of Caddy's that lets in only some
(`basic_auth`, `forward_auth`, an answer behind a matcher such as `remote_ip`), and the answer is the one that it gives. The
backend takes the socket when it is asked directly. Where only the entry for everything answers, the socket lacks one of its
own: proxy-websocket-location-missing.
Changed: nothing, since somebody may have closed it on purpose; the place is shown.
Source: Caddyfile directives (respond, redir, error, abort, basic_auth, forward_auth), request matchers (remote_ip), directive
order; HAProxy, http-request return; WebSocket interface (WHATWG), which takes no headers.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.proxy.gated import gated
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
    covers=("caddy-basic-auth", "caddy-forward-auth", "caddy-lets-only-some-in"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where an entry that is meant for this path, a redirection, or what lets in only some ends it."""
    route = seen.route
    if not route.named or not seen.backend_works:
        return
    if answers(route) and not route.uncertain and not seen.works_through_proxy:
        yield from _answered(seen)
        return
    found = gated(seen)
    if found is not None:
        yield FAULT.finding(
            found.message,
            seen.at(found.gate.position, around=2),
            answer(found.walk),
            answer(seen.at_backend),
            severity=seen.severity,
            advice=found.advice,
        )


def _answered(seen: Seen) -> Iterator[Finding]:
    route, walk = seen.route, seen.through_proxy
    if walk.status != route.status:
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
