"""Origins are listed for CORS, and the socket fails for another reason: Starlette's CORS concerns no sockets.

Seen as: people add origins to CORS_ORIGINS, and nothing changes.
Told apart: the application adds CORSMiddleware and looks at no Origin itself; the socket is refused with 401, 403 or 404.
Silent where the socket works.
Changed: nothing; a note, so that nobody looks there.
Source: Starlette, CORSMiddleware (it handles `http` only); measured with Starlette 1.10: a foreign Origin gets 101.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.sources import found, line_of, programs
from wsfix.faults.backend.serving import refusal
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS608", "cors-middleware-irrelevant", Hop.APPLICATION, Safety.ADVICE)
REFUSALS = frozenset({401, 403, 404})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where somebody is likely to look at CORS in vain."""
    if seen.works or seen.backend_works:
        return
    refused = refusal(seen)
    if (
        refused is None
        or refused[1].status not in REFUSALS
        or any(program.reads_origin for _, program in programs(seen))
    ):
        return
    listed = found(seen, lambda program: program.cors)
    if listed is None or any(each.accepted for each in refused[0].other_origins):
        return
    yield FAULT.finding(
        "the origins of CORSMiddleware do not decide about sockets; the cause is elsewhere",
        line_of(listed[0], listed[1].line),
        answer(refused[0]),
        severity=Severity.NOTE,
        advice="Leave the list as it is; a socket needs a check of Origin in its own route, before accept().",
    )
