"""A rule of HAProxy refuses the handshake.

Seen as: 403 with HAProxy's own page, 401 where it asks for a password, 500 of a tarpit, or a connection that is closed at once;
`PR--` in the log.
Told apart: the backend was never asked: a rule `http-request deny`, `auth`, `tarpit` or `reject` holds for host and path, and
the same handshake succeeds straight at the backend. Rules about addresses and rates are not counted.
Changed: with consent the rule leaves the paths below the socket's prefix alone. It opens what somebody closed, so it is never
done unasked.
Source: HAProxy configuration manual, section 4.2, `http-request deny`; section 8.5, `PR`.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.haproxy import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind

_RULES = (
    "http-request deny",
    "http-request tarpit",
    "http-request auth",
    "http-request reject",
    "http-request silent-drop",
)
FAULT = Fault(
    "WS457",
    "haproxy-request-denied",
    Hop.PROXY,
    Safety.CONFIRM,
    covers=("haproxy-deny-403", "haproxy-auth-401", "haproxy-tarpit"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route ends at such a rule."""
    route = seen.route
    if route.kind is not RouteKind.OTHER or not route.match.startswith(_RULES):
        return
    if seen.works_through_proxy:
        return
    evidence = [seen.at(route.position)]
    evidence += [answer(walk) for walk in (seen.observation.outside, seen.observation.backend) if walk is not None]
    yield FAULT.finding(
        f"`{route.match}` refuses the handshake",
        *evidence,
        severity=seen.severity_at_proxy,
        advice=f"Put the exception `!{{ path_beg {seen.site.prefix} }}` into its condition.",
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Except the socket's paths."""
    yield seen.haproxy.except_path(seen.route.position, seen.site.prefix)
