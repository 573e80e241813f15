"""A client opens the socket again and again without a pause.

Seen as: a flood in the access log, 429 or 503 for others, a busy backend.
Told apart: one address asked for the socket's path sixty times within a minute. Many addresses at once are many users.
Changed: nothing; the client needs a delay that grows.
Source: RFC 6455 section 7.2.3; ngx_http_log_module and mod_log_config (combined format).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.logs import Request

FAULT = Fault("WS720", "fe-reconnect-storm", Hop.CLIENT, Safety.ADVICE)
MANY = 60
WINDOW = 60.0
RECENT = 3600.0
_POLLING = "socketio"


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where one address opens sockets faster than any person could."""
    if seen.site.protocol == _POLLING or (seen.inside.logs is None and seen.works):
        return  # polling asks for one path again and again, by design
    logs = seen.inside.known("logs", seen.inside.logs)
    wanted = [one for one in logs.requests if asks_for(seen, one) and seen.inside.clock - one.when < RECENT]
    storm = _storm(wanted)
    if not storm:
        return
    first, last = storm[0], storm[-1]
    statuses = ", ".join(str(status) for status in sorted({one.status for one in storm}))
    yield FAULT.finding(
        f"{first.client} opened the socket {len(storm)} times within a minute",
        Evidence(first.log, f"{len(storm)} times {first.path} in {last.when - first.when:.0f} s, answered {statuses}"),
        severity=Severity.NOTE,
        advice="Let the client wait before it connects again, longer each time and at random (1 s, 2 s, 4 s … up to 60 s), and stop "
        "after 401, 403 and 1008.",
    )


def asks_for(seen: Seen, request: Request) -> bool:
    """Whether a request is for the site's own socket."""
    prefix = seen.site.prefix
    return request.path.startswith(prefix) if seen.site.has_placeholder else request.path == prefix


def _storm(requests: list[Request]) -> list[Request]:
    """Return the most requests of one address within the window, where they are many."""
    by_client: dict[str, list[Request]] = defaultdict(list)
    for request in requests:
        by_client[request.client].append(request)
    best: list[Request] = []
    for held in by_client.values():
        held.sort(key=lambda one: one.when)
        start = 0
        for end, one in enumerate(held):
            while one.when - held[start].when > WINDOW:
                start += 1
            if end - start + 1 > len(best):
                best = held[start : end + 1]
    return best if len(best) >= MANY else []
