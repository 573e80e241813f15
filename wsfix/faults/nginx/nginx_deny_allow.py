"""An access rule of nginx keeps the client out.

Seen as: 403 with nginx's own page; `access forbidden by rule` in the error log. Often only outside: the host itself, or the
office, is let in.
Told apart: from a backend's 403 (empty, or in its own words) by the page, and by `deny`, or a `limit_except` without GET, that
is in force in the location which takes the URL. Where only the POST of Socket.IO's polling is kept out, by a `limit_except`
without POST.
Changed: nothing; whom a rule keeps out is for its owner to say. The line to add is shown.
Source: ngx_http_access_module (the first rule that matches counts; a level with rules of its own inherits none);
ngx_http_core_module, limit_except, satisfy.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx.tree import Node
from wsfix.faults.application.spoken import told
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.refusing import by_nginx, polled_by_nginx, routed, worded
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind

FAULT = Fault(
    "WS407",
    "nginx-deny-allow",
    Hop.PROXY,
    Safety.ADVICE,
    explained_by=("nginx-wrong-vhost", "nginx-site-not-enabled"),
    covers=("nginx-limit-except",),
)
FORBIDDEN = 403


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where nginx's own 403 came back and a rule that denies is in force."""
    walk = by_nginx(seen, FORBIDDEN)
    if walk is None:
        yield from _posts(seen)
    if walk is None or routed(seen).kind is RouteKind.RETURN:
        return
    rules = _denying(seen)
    everybody = any(rule.args[:1] == ("all",) for rule in rules)
    if not rules or (not everybody and seen.nginx.in_force(seen.route, "auth_request")):
        return
    yield FAULT.finding(
        f"nginx keeps the client out of `{seen.route.match or 'server'}`: {worded(rules[0])}",
        *(seen.at(rule.position) for rule in rules[:3]),
        answer(walk),
        severity=seen.severity,
        advice=_advice(rules[0]),
    )


def _posts(seen: Seen) -> Iterator[Finding]:
    """Fire where nginx lets the GET of polling in, and refuses the POST of the same session."""
    poll = polled_by_nginx(seen, FORBIDDEN)
    if poll is None or routed(seen).kind is RouteKind.RETURN:
        return
    for block in seen.nginx.own(seen.route, "limit_except"):
        if block.all("deny") and "POST" not in {word.upper() for word in block.args}:
            yield FAULT.finding(
                f"nginx keeps POST out of `{seen.route.match or 'server'}`, by which Socket.IO's polling sends",
                seen.at(block.position),
                told(poll),
                severity=seen.severity,
                advice=f"Write `limit_except GET POST` at {block.position}; Socket.IO begins by polling, and polling sends by POST.",
            )
            return


def _denying(seen: Seen) -> list[Node]:
    """Return the rules that may have denied a GET: of limit_except where it is about GET, else of the level in force."""
    for block in seen.nginx.own(seen.route, "limit_except"):
        if block.all("deny") and "GET" not in {word.upper() for word in block.args}:
            return block.all("deny")
    return [rule for rule in seen.nginx.in_force(seen.route, "allow", "deny") if rule.name == "deny"]


def _advice(rule: Node) -> str:
    if rule.args[:1] == ("all",):
        return f"Put `allow ADDRESS;` of whom to let in before {rule.position}, or `allow all;` into the socket's location."
    return f"Take the client's address out of {rule.position}, or put `allow ADDRESS;` before it."
