"""A sub-application that is mounted before the socket's route takes its path.

Seen as: 403, 404 or 500 for the socket, although the route stands in the source; pages work.
Told apart: in one module the mount stands above the route of the same application, its prefix holds the path, and the backend
itself refuses the socket. Starlette asks its routes in their order, and a mount takes pages and sockets alike.
Changed: nothing; the two lines are shown. The mount belongs below the routes.
Source: Starlette, "Routing" (route priority) and Mount; FastAPI, "Static Files".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.python import matches
from wsfix.faults.application.sources import line_of, programs
from wsfix.faults.backend.serving import refusal
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS616", "http-route-shadows", Hop.APPLICATION, Safety.ADVICE)
REFUSALS = frozenset({403, 404, 500})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the order of two lines explains the refusal."""
    if seen.works or seen.backend_works:
        return
    refused = refusal(seen)
    if refused is None or refused[1].status not in REFUSALS:
        return
    path = seen.backend_path
    for source, program in programs(seen):
        owners = dict(program.top.decorated)
        for route in program.routes:
            owner = owners.get(route.line, "")
            above = [
                mount
                for mount in program.top.mounts
                if mount.line < route.line and mount.owner == owner and path.startswith(f"{mount.prefix}/")
            ]
            if above and matches(route, (), path):
                yield FAULT.finding(
                    f"what is mounted at {above[0].prefix or '/'} takes {path} before the socket's route is asked",
                    line_of(source, above[0].line),
                    line_of(source, route.line),
                    answer(refused[0]),
                    severity=seen.severity,
                    advice=f"Move {source.path}:{above[0].line} below the routes, to the end of the module, and restart the backend.",
                )
                return
