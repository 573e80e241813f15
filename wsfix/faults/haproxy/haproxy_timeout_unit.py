"""A timeout of HAProxy is over before anybody can answer: a number without a unit counts milliseconds.

Seen as: 504 at once (`timeout server`), 408 or a connection that is closed without an answer (`timeout client`, `timeout
http-request`), 503 (`timeout connect`), a socket that opens and is cut at once (`timeout tunnel`); now and then it works.
Told apart: the timeout in force for this URL is shorter than a second, the answer is the one that HAProxy gives when that very
timeout is over, and the backend takes the socket when it is asked directly. A backend that is slow is another fault.
Changed: with consent a number without a unit gets `s` behind it, which is what was meant; the line may be that of the
defaults, which all sites share. A time with its unit is for a person to decide.
Source: HAProxy configuration manual, sections 2.5 (time format), 4.2 (`timeout server`, `timeout http-request`) and 8.5 (`sH`, `cR`).
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

FAULT = Fault(
    "WS529",
    "haproxy-timeout-unit",
    Hop.BACKEND,
    Safety.CONFIRM,
    explained_by=("proxy-config-broken", "haproxy-backend-order", "proxy-upstream-wrong-port"),
    covers=("haproxy-504-at-once", "haproxy-408-at-once"),
)
_SHORT_SECONDS = 1.0
_SHOWN = {
    504: ("server",),
    503: ("connect", "queue"),
    408: ("http-request", "client"),
    None: ("http-request", "client"),
}
"""Status, or None for a connection that is closed without one → the timeouts that give it."""
_NO_CLOSE_FRAME = 1006
_TUNNEL = ("tunnel", "client", "server")
"""Those that end a socket that was opened; the first is in force alone where it is set."""
_CUT = frozenset({Failure.CLOSED, Failure.RESET})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a timeout of less than a second is over, and the backend works."""
    walk, site = seen.through_proxy, seen.site
    if seen.works_through_proxy or not seen.backend_works or seen.route.kind is not RouteKind.PROXY:
        return
    for name in _over(walk):
        held = seen.haproxy.timeout(seen.route, name)
        if held is not None and name == "tunnel" and held.seconds >= _SHORT_SECONDS:
            return
        if held is None or not 0 < held.seconds < _SHORT_SECONDS:
            continue
        yield FAULT.finding(
            f"`{held.node.title}` is {held.seconds * 1000:g} ms: HAProxy gives up before anybody can answer",
            seen.at(held.node.position),
            answer(walk),
            answer(seen.at_backend),
            severity=seen.severity_at_proxy,
            safety=Safety.CONFIRM if held.bare else Safety.ADVICE,
            advice=f"Write the time with its unit at {held.node.position}: `timeout {name} 30s`"
            f"{f', and `timeout tunnel {site.idle_or_default}s` for the sockets' if name == 'server' else ''}.",
            subject=name,
        )
        return


def _over(walk: Walk) -> tuple[str, ...]:
    """Return the timeouts whose end looks like what was seen."""
    handshake = walk.handshake
    if handshake is None:
        return ()
    if handshake.accepted:
        return _TUNNEL if handshake.failure is Failure.EARLY_CLOSE and handshake.close_code == _NO_CLOSE_FRAME else ()
    if handshake.reply is None:
        return _SHOWN[None] if handshake.failure in _CUT else ()
    return _SHOWN.get(handshake.reply.status, ())


def cure(seen: Seen, finding: Finding) -> Iterator[Config]:
    """Write the unit."""
    held = seen.haproxy.timeout(seen.route, finding.subject)
    if held is None:
        raise NotApplicable
    yield seen.haproxy.in_seconds(held.node.position)
