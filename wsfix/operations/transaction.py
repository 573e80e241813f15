"""The transaction of one host: applied in one command, proved from outside, then confirmed or put back in a second one.

The host holds the way back from its first step on. Whatever happens here, an exception, Ctrl-C, a connection that is
cut, a machine that is switched off, the host's own guard puts it back unless the proof came in time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from wsfix.errors import LookFailed, TransactionError
from wsfix.model.change import EnvChange, Plan
from wsfix.model.outcome import Outcome, Status, Step
from wsfix.operations import script as scripts
from wsfix.operations.answer import Answer, read_answer
from wsfix.operations.manifest import quote_value
from wsfix.operations.proxy import ProxyCommands
from wsfix.operations.script import Script
from wsfix.redact import mask_text
from wsfix.shell import Ran

_TESTS_AND_RELOAD_SECONDS: Final = 240
_SHORT_SECONDS: Final = 180
_BEYOND_GUARD_SECONDS: Final = 15
"""How much longer than the guard a confirmation is awaited: after that the host has put itself back anyway."""
_MASK: Final = "***"
_BY_GUARD: Final = "already, by guard"
_TOO_LATE: Final = "the proof took too long: the guard has put the host back"
_LEAST_SECRET: Final = 4
"""A shorter value would mask half of every message, and is no secret."""


class Shell(Protocol):
    """A way to run a POSIX shell script on a host as root."""

    def run(self, script: str, timeout: float) -> Ran:
        """Run the script; raises LookFailed where the connection, the login or sudo fails."""


class Proof(StrEnum):
    """What the real handshakes say of the host after a change, compared with before it."""

    CURED = "cured"
    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The proof, and the sentence that says why."""

    proof: Proof
    why: str = ""

    @property
    def good(self) -> bool:
        """Whether the change may stay."""
        return self.proof in {Proof.CURED, Proof.BETTER}


@dataclass(frozen=True, slots=True)
class _Host:
    """The host of a plan and how to talk to it."""

    shell: Shell
    name: str
    mask: Callable[[str], str]
    base: str

    def send(self, script: Script, seconds: float) -> Answer:
        """Send a script; raises LookFailed where the answer did not come, TransactionError where it was not run."""
        ran = self.shell.run(script.text, seconds)
        answer = read_answer(ran.stdout, script, self.mask)
        if answer.code is None and ran.status in {scripts.NOT_WHOLE, scripts.NO_ROOM, 2, 126, 127}:
            raise TransactionError(self.mask(_last_line(ran.stderr)) or "the script was not run; nothing was done")
        if answer.code is None:
            raise LookFailed(
                f"the script ended with {ran.status} and did not tell how: {self.mask(_last_line(ran.stderr))}"
            )
        return answer

    def confirm(self, transaction: str, guard_seconds: int) -> Answer:
        patience = min(_SHORT_SECONDS, guard_seconds + _BEYOND_GUARD_SECONDS)
        return self.send(scripts.confirm_script(transaction, base=self.base), patience)

    def put_back(self, transaction: str | None, *, force: bool = False) -> Answer:
        seconds = _SHORT_SECONDS + _TESTS_AND_RELOAD_SECONDS
        return self.send(scripts.rollback_script(transaction, force=force, base=self.base), seconds)

    def outcome(self, status: Status, message: str, answer: Answer | None = None) -> Outcome:
        steps, transaction = (answer.steps, answer.transaction) if answer else ((), "")
        return Outcome(self.name, status, transaction, steps, message)


def repair(
    shell: Shell,
    plan: Plan,
    *,
    proxy: ProxyCommands | None,
    verify: Callable[[str], Verdict],
    owner: str,
    guard_seconds: int = 60,
    look: str = "",
    mask: Callable[[str], str] = mask_text,
    base: str = scripts.BASE,
) -> Outcome:
    """Make the plan's changes on its host and keep them only if `verify` says that they made it better.

    `verify` is given what `look` printed on the changed host. Runs at most two scripts.
    """
    host = _Host(shell, plan.host, _hide(plan, mask), base)
    if plan.inhibited:
        return host.outcome(Status.REFUSED, plan.inhibited)
    if plan.empty:
        return host.outcome(Status.UNCHANGED, "nothing to do")
    try:
        script = scripts.apply_script(plan, proxy=proxy, owner=owner, guard_seconds=guard_seconds, look=look, base=base)
        applied = host.send(script, _patience(plan))
    except TransactionError as refusal:
        return host.outcome(Status.REFUSED, str(refusal))
    except LookFailed as cut:
        return _lost(host, script, guard_seconds, cut)
    if applied.code != scripts.APPLIED:
        return _not_applied(host, applied)
    return _prove(host, applied, verify, guard_seconds)


def rollback(
    shell: Shell,
    transaction: str | None = None,
    *,
    host: str,
    force: bool = False,
    mask: Callable[[str], str] = mask_text,
    base: str = scripts.BASE,
) -> Outcome:
    """Put a transaction back: the named one, else the open one, else the last that was confirmed."""
    target = _Host(shell, host, mask, base)
    try:
        answer = target.put_back(transaction, force=force)
    except TransactionError as refusal:
        return target.outcome(Status.REFUSED, str(refusal))
    except LookFailed as cut:
        return target.outcome(Status.FAILED, f"{cut}; the host finishes putting back by itself; look at it again")
    return _put_back(target, answer, ())


def _prove(host: _Host, applied: Answer, verify: Callable[[str], Verdict], guard_seconds: int) -> Outcome:
    try:
        verdict = verify(applied.look)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, a change without a proof does not stay
        return _undo(host, applied, f"the proof could not be made: {type(error).__name__}: {error}", guard_seconds)
    except BaseException as stop:
        outcome = _undo(host, applied, "interrupted", guard_seconds)
        stop.add_note(f"{host.name}: {outcome.message}")
        raise
    if not verdict.good:
        return _undo(host, applied, verdict.why or f"the handshake is {verdict.proof}", guard_seconds)
    return _confirm(host, applied, verdict, guard_seconds)


def _confirm(host: _Host, applied: Answer, verdict: Verdict, guard_seconds: int) -> Outcome:
    try:
        answer = host.confirm(applied.transaction, guard_seconds)
    except (LookFailed, TransactionError) as cut:
        message = f"proved, but not confirmed ({cut}); unless the confirmation arrived, {_guard(guard_seconds)}"
        return host.outcome(Status.FAILED, message, applied)
    both = _joined(applied, answer)
    if answer.code == scripts.APPLIED:
        status = Status.FIXED if verdict.proof is Proof.CURED else Status.PARTIAL
        return host.outcome(status, verdict.why or verdict.proof, both)
    if answer.code == scripts.UNDONE:
        return host.outcome(Status.ROLLED_BACK, _TOO_LATE, both)
    return host.outcome(Status.FAILED, f"the change is made but could not be confirmed; {answer.failure}", both)


def _undo(host: _Host, applied: Answer, why: str, guard_seconds: int) -> Outcome:
    """Put back now; where even that command is lost, the guard does it."""
    try:
        answer = host.put_back(applied.transaction)
    except (LookFailed, TransactionError) as cut:
        return host.outcome(
            Status.FAILED, f"{why}; the undo was not answered ({cut}): {_guard(guard_seconds)}", applied
        )
    outcome = _put_back(host, answer, applied.steps)
    if any(step.name == "put back" and step.detail == _BY_GUARD for step in answer.steps):
        return replace(outcome, message=_TOO_LATE)
    return replace(outcome, message=f"{why}; {outcome.message}")


def _put_back(host: _Host, answer: Answer, steps: tuple[Step, ...]) -> Outcome:
    answer = replace(answer, steps=steps + answer.steps)
    if answer.code == scripts.APPLIED:
        return host.outcome(Status.ROLLED_BACK, "the host is as it was before", answer)
    if answer.code == scripts.REFUSED:
        status = Status.FAILED if steps else Status.REFUSED
        return host.outcome(status, f"not put back: {answer.failure}", answer)
    return host.outcome(Status.FAILED, _broken(answer), answer)


def _not_applied(host: _Host, answer: Answer) -> Outcome:
    if answer.code == scripts.REFUSED:
        return host.outcome(Status.REFUSED, f"nothing was written: {answer.failure}", answer)
    if answer.code == scripts.UNDONE:
        return host.outcome(Status.ROLLED_BACK, f"the host is as it was before: {answer.failure}", answer)
    return host.outcome(Status.FAILED, f"{answer.failure}; {_broken(answer)}", answer)


def _broken(answer: Answer) -> str:
    again = f"sh {scripts.BASE}/txn/{answer.transaction}/undo.sh"
    if answer.by_hand:
        return f"the host could not be put back; on the host, by hand: {answer.by_hand}; then: {again}"
    return f"the host was not put back; on the host: {again}"


def _lost(host: _Host, script: Script, guard_seconds: int, cut: LookFailed) -> Outcome:
    message = f"{cut}; if the script had begun, the host goes on by itself: {_guard(guard_seconds)}"
    return Outcome(host.name, Status.FAILED, script.transaction, (), message)


def _guard(seconds: int) -> str:
    return f"its guard puts it back within {seconds} s of the last step"


def _joined(first: Answer, second: Answer) -> Answer:
    return replace(second, steps=first.steps + second.steps)


def _patience(plan: Plan) -> float:
    """How long an apply may take at most, its undo included."""
    return _TESTS_AND_RELOAD_SECONDS + 2 * scripts.ACTION_SECONDS * max(1, len(plan.actions))


def _hide(plan: Plan, mask: Callable[[str], str]) -> Callable[[str], str]:
    """Mask what looks like a secret, and what the plan knows to be one."""
    known = [
        value
        for change in plan.changes
        if isinstance(change, EnvChange)
        for key, value in change.values
        if key in change.hidden and len(value) >= _LEAST_SECRET
    ]
    forms = sorted({form for value in known for form in (value, quote_value(value))}, key=len, reverse=True)

    def masked(text: str) -> str:
        for form in forms:
            text = text.replace(form, _MASK)
        return mask(text)

    return masked


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]
