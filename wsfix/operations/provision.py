"""The pyinfra side of provisioning: what a deploy calls to make a site on a host, and the two operations that do it."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

from pyinfra import host, logger, state
from pyinfra.api.command import FunctionCommand
from pyinfra.api.operation import operation
from pyinfra.operations import apt

from wsfix.consent import consent
from wsfix.engine import pass_over
from wsfix.errors import WsfixError
from wsfix.model.outcome import Outcome, Status
from wsfix.operations.websocket import look, repair, say, show
from wsfix.provision.settle import Prepared, lay, prepare, settle
from wsfix.report.colour import paint_for
from wsfix.report.provision import draft_lines
from wsfix.report.text import outcome_lines


def survey() -> Prepared | None:
    """Look at this host and draft what is left to make; a host that cannot be looked at fails, and only that one."""
    seen = look()
    if seen is None:
        return None
    try:
        prepared = prepare(seen)
    except WsfixError as error:
        _fails(str(error))
        return None
    if prepared.draft.refusals:
        _fails("\n".join(f"{host.name}: {why}" for why in prepared.draft.refusals))
        return None
    return prepared


def _fails(why: str) -> None:
    for line in why.splitlines():
        logger.error("%s", line)
    state.fail_hosts({host})


def make(prepared: Prepared | None) -> None:
    """Show what would be made, and make it; where everything is there, look after it as `deploys/websocket.py` does."""
    if prepared is None:
        return
    if prepared.draft.empty:
        say(draft_lines(prepared.draft, paint_for(sys.stderr)))
        show(prepared.seen)
        repair(name="Repair the WebSocket sites", seen=prepared.seen)
        return
    say(draft_lines(prepared.draft, paint_for(sys.stderr)))
    packages = list(prepared.draft.packages)
    apt.packages(name="Install the packages", packages=packages, update=bool(packages), no_recommends=True)
    provision(name="Make the WebSocket sites", prepared=prepared)


@operation()
def provision(prepared: Prepared) -> Generator[Any, None, None]:
    """Lay the parts, then switch to them in one transaction and prove it by a real handshake, or put everything back."""
    yield FunctionCommand(_provision, (prepared,), {})


def _provision(state: Any, host: Any, prepared: Prepared) -> bool:
    """Look again first: the packages that were just installed brought files of their own."""
    try:
        now = prepare(pass_over(state, host, consent()), prepared.layouts)
        if now.draft.refusals:
            say([f"{host.name}: {why}" for why in now.draft.refusals])
            return False
        steps = lay(now)
        if any(not step.ok for step in steps):
            failed = next(step for step in steps if not step.ok)
            why = f"nothing was switched: {failed.name} failed"
            return _told(Outcome(host.name, Status.FAILED, "", steps, why))
        outcome = settle(now)
    except WsfixError as error:
        say([str(error)])
        return False
    return _told(Outcome(host.name, outcome.status, outcome.transaction, (*steps, *outcome.steps), outcome.message))


def _told(outcome: Outcome) -> bool:
    say(["", *outcome_lines(outcome, paint_for(sys.stderr)), ""])
    return outcome.status in {Status.FIXED, Status.PARTIAL, Status.UNCHANGED}
