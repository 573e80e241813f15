"""Apache answers the handshake by itself, and the backend is never asked.

Seen as: 401 with `WWW-Authenticate`, 403, 410, a redirection that no browser follows, 400 about the size of a header, or 414;
each with Apache's own page. Pages may work. Often only from outside: a rule about addresses lets the host itself in.
Told apart: a RewriteRule with [F], [G] or [R], or a Redirect, ends the way of this very URL, or may end it by a condition that
no URL tells, such as the client's address; or a `<Location>`, `<Proxy>` or `<Directory>` that it lies in holds a Require other
than `all granted`, an SSLRequire or an SSLVerifyClient; or Apache's page says that a header or the path is too long. The backend
takes the socket when it is asked directly. A redirection from ws:// to https:// is apache-redirect-https, one to the backend's own address
apache-rewrite-no-p; a section that lets nobody in is apache-proxy-denied.
Changed: nothing, since somebody may have closed it on purpose; the lines that open the socket's path alone are shown. The
application must then tell by itself who connects.
Source: mod_rewrite, flags F, G, R; mod_authz_core, Require (the last section that says anything decides); WebSocket interface
(WHATWG), which takes no headers; mod_ssl, SSLRequire; Apache core, LimitRequestFieldSize, LimitRequestLine.
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
    covers=("apache-lets-only-some-in", "apache-rule-answers", "apache-header-too-long", "apache-line-too-long"),
)
UNAUTHORIZED = 401
REFUSALS = frozenset({UNAUTHORIZED, 403})
LARGER = 32768
_TOO_LONG = (b"request header field exceeds server limit", b"number of request header fields exceeds")
_LINE_TOO_LONG = b"The requested URL's length exceeds the capacity"
_RULES = ("RewriteRule", "Redirect")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the answer is Apache's own, and its configuration or its page tells why."""
    walk = _refused(seen)
    if walk is None or not seen.backend_works:
        return
    said = _too_long(walk) or _by_rule(seen, walk) or _by_section(seen, walk) or _by_gate(seen, walk)
    if said is None:
        return
    message, evidence, advice = said
    yield FAULT.finding(
        message,
        *evidence,
        answer(walk),
        answer(seen.at_backend),
        severity=seen.severity,
        advice=advice,
    )


def _refused(seen: Seen) -> Walk | None:
    """Return the walk that was kept out: on the host, or where that one is let in from outside, by Apache's own word."""
    if seen.works:
        return None
    inner, outer = seen.observation.proxy, seen.observation.outside
    if not seen.works_through_proxy:
        return inner or outer
    return outer if outer is not None and _programs(outer) == {"apache"} else None


def _programs(walk: Walk) -> set[str]:
    """Return the names of the programs that say that they answered."""
    reply = walk.handshake.reply if walk.handshake is not None else None
    said = [value for key, value in (reply.headers if reply else ()) if key.lower() == "server"]
    return {value.lower().partition("/")[0].partition(" ")[0] for value in said}


_Said = tuple[str, tuple[Evidence, ...], str]


def _too_long(walk: Walk) -> _Said | None:
    reply = walk.handshake.reply if walk.handshake is not None else None
    if reply is not None and _LINE_TOO_LONG in reply.body:
        advice = f"Write `LimitRequestLine {LARGER}` into the first virtual host of that address and port, and reload Apache."
        return "the path of the handshake with its query is longer than Apache takes", (), advice
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
    if route.kind is not RouteKind.RETURN or not route.match.startswith(_RULES) or not route.named:
        return None
    if walk.status != route.status:
        return None
    where = f" to {route.redirect}" if route.redirect else ""
    return (
        f"`{route.match}` answers {route.status}{where} by itself; the backend is never asked",
        (seen.at(route.position),),
        _EXCEPT if route.match.startswith("RewriteRule") else f"Give it a path that leaves {seen.site.prefix} alone.",
    )


_EXCEPT = "Put `RewriteCond %{HTTP:Upgrade} !=websocket [NC]` on the line before that rule."


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


def _by_gate(seen: Seen, walk: Walk) -> _Said | None:
    """Tell of a rule that lets in only some, by what no URL tells."""
    if not _programs(walk) <= {"apache"}:
        return None
    for gate in seen.proxied.gates:
        if gate.status == walk.status:
            message = (
                f"`{gate.text}` lets in only some, and answers {gate.status} to this client; the backend is never asked"
            )
            rule = gate.text.startswith("RewriteRule")
            advice = (
                _EXCEPT
                if rule
                else f"Write {gate.position} for another path than {seen.site.prefix}, or show what it asks for."
            )
            return message, (seen.at(gate.position),), advice
    return None
