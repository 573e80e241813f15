"""HAProxy takes a healthy backend for down: its health check asks another thing than what the application serves.

Seen as: 503 at once (`<NOSRV>` in the log) for every request, while the application answers at its own port.
Told apart: the server is DOWN by its check, in `show stat` or in the log, and the backend takes the socket at that very port when
it is asked directly. The layer of the check's status says by which words: `L7STS` ("Layer7 wrong status, code: 404") is of
`option httpchk` or another protocol (`mysql-check`, `tcp-check expect`), `L6RSP` of `check-ssl`, `L4CON` of `port` or `addr`.
`option httpchk` asks for `OPTIONS /` unless it names a request; 2xx and 3xx are fine, 400, 404, 405 and 426 are not.
Changed: with consent those words go, so that `check` only opens a connection to the server's own port: the option is
taken from the backend, or `option tcp-check` put over that of the defaults; `port`, `addr` or `check-ssl` leave the `server` line.
Better is a path that the application answers with 200: `option httpchk GET /health`, with `http-check send hdr Host NAME`.
Source: HAProxy configuration manual, sections 4.2 (`option httpchk`, `http-check expect`) and 5.2 (`check`, `port`,
`check-ssl`); haproxy/haproxy#2514.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.haproxy import Config
from wsfix.errors import NotObserved
from wsfix.faults.fault import Fault
from wsfix.faults.haproxy.health import health, layer
from wsfix.faults.proxy.pools import is_here
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

_UNAVAILABLE = 503
_RULES = frozenset({"http-check", "tcp-check"})
"""One of several lines of a check: taken away alone it would make another check of the rest."""
_ADVICE = {
    4: "Let the check ask the port at which the application listens.",
    6: "Let the check speak plain HTTP, as the application does.",
    7: "Name a path that the application answers with 200: `option httpchk GET /health`.",
}

FAULT = Fault(
    "WS447",
    "haproxy-httpchk-404",
    Hop.PROXY,
    Safety.CONFIRM,
    explained_by=(
        "backend-not-running",
        "backend-crash-loop",
        "backend-wrong-entrypoint",
        "proxy-upstream-https",
        "proxy-upstream-wrong-port",
    ),
    covers=(
        "haproxy-server-down",
        "haproxy-httpchk-400",
        "haproxy-httpchk-426",
        "haproxy-check-port",
        "haproxy-check-ssl",
        "haproxy-check-protocol",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route's server is down by its check, and the backend works."""
    route = seen.proxied
    if seen.works_through_proxy or seen.through_proxy.status != _UNAVAILABLE:
        return
    member, section = seen.haproxy.member(route), seen.haproxy.backend(route)
    if not member.checked or route.upstream is None:
        return
    state = health(seen, section.name, member.name)
    if state is None:
        raise NotObserved("the health of HAProxy's servers", "neither the stats socket nor the log tells it")
    failed = layer(state)
    line = seen.haproxy.check(route, failed)
    if line is None or not seen.backend_works:
        return
    if not seen.is_backend(route.upstream) or not is_here(seen, route.upstream):
        return
    what = f"is answered {state.code or 'wrongly'}" if line.args[:1] == ("httpchk",) else f"fails: {state.reason}"
    yield FAULT.finding(
        f"HAProxy takes {section.name}/{member.name} for down, since its health check {what}; the backend works",
        seen.at(line.position),
        Evidence(state.source, f"{section.name}/{member.name} {state.status}: {state.reason} {state.code}".strip()),
        answer(seen.through_proxy),
        answer(seen.at_backend),
        severity=seen.severity_at_proxy,
        safety=Safety.ADVICE if line.name in _RULES else Safety.CONFIRM,
        advice=_ADVICE[failed],
        subject=str(failed),
    )


def cure(seen: Seen, finding: Finding) -> Iterator[Config]:
    """Let the check be a connection alone."""
    yield seen.haproxy.plain_check(seen.route, int(finding.subject))
