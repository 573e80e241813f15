"""python-socketio refuses the page's origin.

Seen as: 403 without a body on the socket, 400 `… is not an accepted origin.` when polling.
Told apart: the server says so in its answer or, once, in its log; or the same handshake with another origin is let in.
Changed: with consent, where cors_allowed_origins is read from a variable of the env file that the inventory names: the page's
origin is added to that line, and the unit is restarted. Else the list is the application's, and the origin is shown, never `*`.
Source: python-socketio, cors_allowed_origins; python-engineio, "not an accepted origin".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.frameworks import Meaning
from wsfix.faults.application.origins import compared, grow, let_in, variable_to_grow
from wsfix.faults.application.sources import found, line_of, programs
from wsfix.faults.backend.serving import framework, log_source, logged, refusal, told
from wsfix.faults.envfile import Wanted
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Action, EnvChange
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.inside import EnvFile

FAULT = Fault(
    "WS606",
    "origin-not-allowed-sio-py",
    Hop.APPLICATION,
    Safety.CONFIRM,
    explained_by=(
        "env-value-wrong",
        "env-not-loaded",
        "pm2-env-cached",
        "nginx-host-not-preserved",
        "host-port-stripped",
        "nginx-xfp-missing",
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
        safety=Safety.CONFIRM if _grown(seen) else Safety.ADVICE,
        advice=f'Add "{seen.site.page_origins[0]}" to cors_allowed_origins'
        + (f" at {listed[0].path}:{listed[1].line}" if listed else "")
        + ", and restart the backend.",
    )


def _grown(seen: Seen) -> tuple[EnvFile, Wanted] | None:
    variable = next((p.sio_variable for _, p in programs(seen) if p.sio_variable), "")
    return variable_to_grow(seen, variable, seen.site.page_origins)


def cure(seen: Seen, _finding: Finding) -> Iterator[EnvChange | Action]:
    """Add the origins of the pages to the variable."""
    yield from grow(seen, _grown(seen), FAULT.code)
