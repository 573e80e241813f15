"""Nothing listens where the proxy sends the socket, and the inventory does not say what should.

Seen as: 502 (Apache and HAProxy: 503) at once.
Told apart: the inventory names no backend, so that only the proxy's configuration tells of it; the address is one of the host
itself, and no program listens there. Where another program of the host takes the handshake, it is shown.
Changed: nothing; wsfix does not know what belongs there. With `backend` and `service` in the inventory it starts it, or aims the
proxy.
Source: ss(8); connect(2), ECONNREFUSED.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS557",
    "backend-nobody-listens",
    Hop.BACKEND,
    Safety.ADVICE,
    explained_by=(
        "proxy-down",
        "nginx-upstream-unix-socket",
        "backend-not-running",
        "backend-crash-loop",
        "backend-not-listening",
        "supervisor-stopped",
    ),
)
UNREACHED = frozenset({502, 503})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the inventory names no backend and the proxy dials a port of the host on which nobody listens."""
    if seen.site.backend is not None or seen.works_through_proxy or seen.through_proxy.status not in UNREACHED:
        raise NotApplicable
    upstream, backend = seen.proxied.upstream, seen.backend
    if upstream is None or upstream.socket is not None or seen.listeners(seen.port):
        return
    sound = [walk for walk in seen.observation.candidates if walk.sound]
    there = f"; the handshake is taken at {sound[0].target}" if sound else ""
    yield FAULT.finding(
        f"nothing listens on {backend.words}, which {seen.site.proxy.word} dials{there}",
        seen.at(upstream.position or seen.route.position),
        Evidence("listeners", f"nothing on {backend.words}"),
        answer(seen.through_proxy),
        *(answer(walk) for walk in sound[:1]),
        severity=seen.severity_at_proxy,
        advice=(
            f"Aim {seen.site.proxy.word} there, or let that program listen on {backend.words}."
            if sound
            else f"Start what belongs on {backend.words}. Named in the inventory (backend, service), wsfix starts it."
        ),
    )
