"""The pyinfra side of the pass: what a deploy calls, in the stage where pyinfra prepares, and the one operation."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable
from typing import Any

from pyinfra import host, logger, state
from pyinfra.api.command import FunctionCommand
from pyinfra.api.operation import operation

from wsfix.consent import consent
from wsfix.engine import Pass, mend, pass_over
from wsfix.errors import WsfixError
from wsfix.model.outcome import Status
from wsfix.operations.transaction import rollback as put_back
from wsfix.report.colour import paint_for
from wsfix.report.points import points_lines
from wsfix.report.text import diagnosis_lines, outcome_lines, plan_lines
from wsfix.ssh import shell_of


def look(part: str | None = None) -> Pass | None:
    """Look at this host, judge and plan; one SSH command. A host that cannot be looked at fails, and only that one."""
    try:
        return pass_over(state, host, consent(part))
    except WsfixError as error:
        for line in str(error).splitlines():
            logger.error("%s", line)
        state.fail_hosts({host})
        return None


def show(seen: Pass | None, *, planned: bool = True) -> None:
    """Print the diagnosis of each site, and the plan with its diff, or at least why there can be none."""
    if seen is None:
        return
    paint = paint_for(sys.stderr)
    lines: list[str] = []
    for observation, diagnosis in zip(seen.observations, seen.diagnoses, strict=True):
        lines += ["", *diagnosis_lines(observation, diagnosis, paint), *points_lines(diagnosis, paint)]
    say(lines + (["", *plan_lines(seen.plan, paint)] if planned or seen.plan.inhibited else []) + [""])


def say(lines: Iterable[str]) -> None:
    """Print through pyinfra's logger: standard output stays its own."""
    for line in lines:
        logger.info("%s", line)


@operation()
def repair(seen: Pass | None) -> Generator[Any, None, None]:
    """Make the changes of the plan in one transaction, prove them by a real handshake, or put everything back.

    A host that another transaction holds fails: what was asked for cannot be done.
    """
    if seen is None or (seen.plan.empty and not seen.plan.busy):
        host.noop("nothing to change" if seen is None or not seen.plan.inhibited else seen.plan.inhibited)
        return
    yield FunctionCommand(_transact, (seen,), {})


def _transact(state: object, host: object, seen: Pass) -> bool:  # noqa: ARG001 - pyinfra hands over both
    try:
        outcome = mend(seen)
    except WsfixError as error:
        say([str(error)])
        return False
    say(["", *outcome_lines(outcome, paint_for(sys.stderr)), ""])
    return outcome.status in {Status.FIXED, Status.PARTIAL, Status.UNCHANGED}


@operation(is_idempotent=False, idempotent_notice="puts back the last transaction that is still made")
def rollback(transaction: str | None = None, force: bool = False) -> Generator[Any, None, None]:
    """Put the last, or the named, transaction of this host back."""
    yield FunctionCommand(_roll_back, (transaction, force), {})


def _roll_back(state: Any, host: Any, transaction: str | None, force: bool) -> bool:
    try:
        outcome = put_back(shell_of(state, host), transaction, host=host.name, force=force)
    except WsfixError as error:
        say([str(error)])
        return False
    say(["", *outcome_lines(outcome, paint_for(sys.stderr)), ""])
    return outcome.status is Status.ROLLED_BACK
