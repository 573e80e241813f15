"""HAProxy takes a healthy backend for down: its health check asks for what the application does not answer with 200.

Seen as: 503 at once (`<NOSRV>` in the log) for every request, while the application answers at its own port.
Told apart: the server is DOWN by a check of layer 7 (`L7STS`, "Layer7 wrong status, code: 404"), in `show stat` or in the log,
and the backend takes the socket when it is asked directly. A check of layer 4 that fails means a port where nobody listens.
`option httpchk` asks for `OPTIONS /` unless it names a request; 2xx and 3xx are fine, 400, 404, 405 and 426 are not.
Changed: with consent `option httpchk` is taken from the backend, or `option tcp-check`
put over that of the defaults, so that `check` only opens a connection. Better is a path
that the application answers with 200: `option httpchk GET /health`, with `http-check send hdr Host NAME`.
Source: HAProxy configuration manual, section 4.2, `option httpchk`, `http-check expect`; haproxy/haproxy#2514.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.haproxy import Config
from wsfix.errors import NotObserved
from wsfix.faults.fault import Fault
from wsfix.faults.haproxy.health import health
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.inside import ServerHealth

_UNAVAILABLE = 503

FAULT = Fault(
    "WS447",
    "haproxy-httpchk-404",
    Hop.PROXY,
    Safety.CONFIRM,
    explained_by=("backend-not-running", "backend-crash-loop", "backend-wrong-entrypoint"),
    covers=("haproxy-server-down", "haproxy-httpchk-400", "haproxy-httpchk-426"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route's server is down by its check, and the backend works."""
    route = seen.proxied
    if seen.works_through_proxy or seen.through_proxy.status != _UNAVAILABLE:
        return
    member, section = seen.haproxy.member(route), seen.haproxy.backend(route)
    check = section.httpchk
    if not member.checked or check is None:
        return
    state = health(seen, section.name, member.name)
    if state is None:
        raise NotObserved("the health of HAProxy's servers", "neither the stats socket nor the log tells it")
    if not state.down or not _by_answer(state) or not seen.backend_works:
        return
    yield FAULT.finding(
        f"HAProxy takes {section.name}/{member.name} for down, since its health check is answered "
        f"{state.code or 'wrongly'}; the backend works",
        seen.at(check.position),
        Evidence(state.source, f"{section.name}/{member.name} {state.status}: {state.reason} {state.code}".strip()),
        answer(seen.through_proxy),
        answer(seen.at_backend),
        severity=seen.severity_at_proxy,
        advice="Name a path that the application answers with 200: `option httpchk GET /health`.",
    )


def _by_answer(state: ServerHealth) -> bool:
    return state.reason.startswith(("L7", "Layer7"))


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Let the check be a connection alone."""
    yield seen.haproxy.plain_check(seen.route)
