"""python-socketio refuses the page's origin.

Seen as: 403 without a body on the socket, 400 `… is not an accepted origin.` when polling.
Told apart: the server says so in its answer or, once, in its log; or the same handshake with another origin is let in.
Changed: nothing; the list is the application's. The origin to add is shown, never `*`.
Source: python-socketio, cors_allowed_origins; python-engineio, "not an accepted origin".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.frameworks import Meaning
from wsfix.faults.application.origins import compared, let_in
from wsfix.faults.application.sources import found, line_of
from wsfix.faults.backend.serving import framework, log_source, logged, refusal, told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS606",
    "origin-not-allowed-sio-py",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=(
        "env-value-wrong",
        "env-not-loaded",
        "pm2-env-cached",
        "nginx-host-not-preserved",
        "apache-preservehost-off",
        "proxy-host-not-preserved",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where python-socketio itself names the origin, or lets another one in."""
    if seen.works or framework(seen) != "python-socketio":
        return
    refused, other = refusal(seen), let_in(seen)
    said = logged(seen, f"{seen.site.page_origins[0]} is not an accepted origin")
    if other is None and (refused is None or (told(seen) is not Meaning.FOREIGN_ORIGIN and said is None)):
        return
    evidence = [*compared(*other)] if other else [answer(refused[0])] if refused else []
    evidence += [Evidence(log_source(seen), said)] if said else []
    listed = found(seen, lambda program: program.sio_origins)
    evidence += [line_of(listed[0], listed[1].line)] if listed else []
    yield FAULT.finding(
        f"python-socketio refuses the page's origin {seen.site.page_origins[0]}",
        *evidence,
        severity=seen.severity,
        advice=f'Add "{seen.site.page_origins[0]}" to cors_allowed_origins'
        + (f" at {listed[0].path}:{listed[1].line}" if listed else "")
        + ", and restart the backend.",
    )
