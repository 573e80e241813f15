"""A rule of HAProxy refuses the handshake.

Seen as: 403 with HAProxy's own page, 401 where it asks for a password, 429 of a rate, 500 of a tarpit, or a connection that is
closed at once; `PR--` in the log.
Told apart: the backend was never asked: a rule `http-request deny`, `auth`, `tarpit` or `reject`, or `tcp-request … reject`, holds
for this very handshake. Where its condition asks for what is not known here (a rate, an address, a header that only some
clients send), the rule is only called likely: the status is its own, the page is HAProxy's, and the same handshake succeeds
straight at the backend.
Changed: with consent the rule leaves the paths below the socket's prefix alone. It opens what somebody closed, so it is never
done unasked; a rule that is only likely, or that knows no path, is left to a person.
Source: HAProxy configuration manual, section 4.2, `http-request deny`, `tcp-request content`; section 8.5, `PR`.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.haproxy import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind
from wsfix.model.walk import Failure, Walk

_BLIND = "tcp-request"
"""Rules that are asked before a path is known."""
_RULES = (
    "http-request deny",
    "http-request tarpit",
    "http-request auth",
    "http-request reject",
    "http-request silent-drop",
    _BLIND,
)
_CUT = frozenset({Failure.CLOSED, Failure.RESET, Failure.TIMEOUT})
FAULT = Fault(
    "WS457",
    "haproxy-request-denied",
    Hop.PROXY,
    Safety.CONFIRM,
    covers=("haproxy-deny-403", "haproxy-auth-401", "haproxy-tarpit", "haproxy-rate-limit-429", "haproxy-tcp-reject"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route ends at such a rule, or where one is likely."""
    route = seen.route
    if seen.works_through_proxy:
        return
    if route.kind is not RouteKind.OTHER or not route.match.startswith(_RULES):
        yield from _likely(seen)
        return
    evidence = [seen.at(route.position)]
    evidence += [answer(walk) for walk in (seen.observation.outside, seen.observation.backend) if walk is not None]
    blind = route.match.startswith(_BLIND)
    yield FAULT.finding(
        f"`{route.match}` refuses the handshake",
        *evidence,
        severity=seen.severity_at_proxy,
        safety=Safety.ADVICE if blind else Safety.CONFIRM,
        advice=f"Take the rule at {route.position} away, or give it a condition."
        if blind
        else f"Put the exception `!{{ path_beg {seen.site.prefix} }}` into its condition.",
    )


def _likely(seen: Seen) -> Iterator[Finding]:
    """Fire where a rule that may be for this handshake would answer just what was answered."""
    site, walk = seen.site, seen.observation.outside or seen.observation.proxy
    doubted = seen.haproxy.doubted(site.host, site.port, site.tls, site.path, site.page_origins[0])
    if not doubted or walk is None or not seen.backend_works:
        return
    fitting = [end for end in doubted if _answered_by(end.status, walk)]
    if not fitting:
        return
    node = fitting[-1].node
    said = f"the {walk.status} is HAProxy's own page" if walk.status else "the connection is closed without an answer"
    yield FAULT.finding(
        f"`{node.title}` most likely refuses the handshake: whether it is for this client is not known, but {said}",
        *(seen.at(end.node.position) for end in fitting[:3]),
        answer(walk),
        answer(seen.at_backend),
        severity=seen.severity_at_proxy,
        safety=Safety.ADVICE,
        advice=f"Look for the rule in HAProxy's log, and let the one at {node.position} leave {site.prefix} alone.",
    )


def _answered_by(status: int | None, walk: Walk) -> bool:
    """Whether an answer is that of a rule with this status; none where it closes the connection."""
    handshake = walk.handshake
    if handshake is None:
        return status is None and any(phase.failure in _CUT - {Failure.TIMEOUT} for phase in walk.phases)
    if handshake.reply is None:
        return status is None and handshake.failure in _CUT
    # the pages that HAProxy holds itself begin so (http_err_msgs); those of `errorfile` are the operator's
    return handshake.reply.status == status and handshake.reply.body.startswith(f"<html><body><h1>{status} ".encode())


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Except the socket's paths."""
    if not seen.route.match.startswith(_RULES):
        raise NotApplicable
    yield seen.haproxy.except_path(seen.route.position, seen.site.prefix)
