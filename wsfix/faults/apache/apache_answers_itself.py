"""Apache answers the handshake by itself, and the backend is never asked.

Seen as: 401 with `WWW-Authenticate`, 403, 410, a redirection that no browser follows, or 400 about the size of a header; each
with Apache's own page. Pages may work.
Told apart: a RewriteRule with [F], [G] or [R] ends the way of this very URL; or a `<Location>`, `<Proxy>` or `<Directory>` that
it lies in holds a Require other than `all granted`; or Apache's page says that a header is too long. The backend takes the
socket when it is asked directly. A redirection from ws:// to https:// is apache-redirect-https, one to the backend's own address
apache-rewrite-no-p; a section that lets nobody in is apache-proxy-denied.
Changed: nothing, since somebody may have closed it on purpose; the lines that open the socket's path alone are shown. The
application must then tell by itself who connects.
Source: mod_rewrite, flags F, G, R; mod_authz_core, Require (the last section that says anything decides); WebSocket interface
(WHATWG), which takes no headers; Apache core, LimitRequestFieldSize.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind
from wsfix.model.walk import Walk

FAULT = Fault(
    "WS489",
    "apache-answers-itself",
    Hop.PROXY,
    Safety.ADVICE,
    explained_by=("apache-wrong-vhost", "apache-rewrite-no-p", "apache-redirect-https", "apache-proxypass-order"),
    covers=("apache-lets-only-some-in", "apache-rule-answers", "apache-header-too-long"),
)
UNAUTHORIZED = 401
REFUSALS = frozenset({UNAUTHORIZED, 403})
LARGER = 32768
_TOO_LONG = (b"request header field exceeds server limit", b"number of request header fields exceeds")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the answer is Apache's own, and its configuration or its page tells why."""
    if seen.works_through_proxy or not seen.backend_works:
        return
    walk = seen.through_proxy
    said = _too_long(walk) or _by_rule(seen, walk) or _by_section(seen, walk)
    if said is None:
        return
    message, evidence, advice = said
    yield FAULT.finding(
        message,
        *evidence,
        answer(walk),
        answer(seen.at_backend),
        severity=seen.severity_at_proxy,
        advice=advice,
    )


_Said = tuple[str, tuple[Evidence, ...], str]


def _too_long(walk: Walk) -> _Said | None:
    reply = walk.handshake.reply if walk.handshake is not None else None
    if reply is None or not any(words in reply.body for words in _TOO_LONG):
        return None
    advice = (
        f"Write `LimitRequestFieldSize {LARGER}` outside of all virtual hosts (and `LimitRequestFields 200` where their number is "
        "too large), and reload Apache; a token in the first message is better than one that grows."
    )
    return "a header of the handshake is longer than Apache takes", (), advice


def _by_rule(seen: Seen, walk: Walk) -> _Said | None:
    """Tell of a rule of rewriting that ends the way with a status of its own."""
    route = seen.route
    if route.kind is not RouteKind.RETURN or not route.match.startswith("RewriteRule") or not route.named:
        return None
    if walk.status != route.status:
        return None
    where = f" to {route.redirect}" if route.redirect else ""
    return (
        f"`{route.match}` answers {route.status}{where} by itself; the backend is never asked",
        (seen.at(route.position),),
        "Put `RewriteCond %{HTTP:Upgrade} !=websocket [NC]` on the line before that rule.",
    )


def _by_section(seen: Seen, walk: Walk) -> _Said | None:
    """Tell of a section that asks who it is."""
    guard = seen.proxied.guarded_by
    if guard is None or walk.status not in REFUSALS:
        return None
    asked = "asks for a password, which a page's socket cannot give" if walk.status == UNAUTHORIZED else "keeps it out"
    advice = (
        f"Behind that section write `<Location {seen.site.prefix}>`, `Require all granted`, `</Location>`, and let the "
        "application tell who connects; or let this client's address in."
    )
    return f"the section at {guard} lets in only some, and {asked}", (seen.at(guard, around=4),), advice
