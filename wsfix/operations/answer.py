"""What a host answers to a transaction's script: the steps, how it ended, and the look that was asked for with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wsfix.model.outcome import Step
from wsfix.operations.script import Script

_STEP_FIELDS = 4
_LINE_BREAK = "\x1e"


@dataclass(frozen=True, slots=True)
class Answer:
    """A host's answer, read."""

    code: int | None
    """None where the end of the transaction was not told."""
    transaction: str
    steps: tuple[Step, ...] = ()
    look: str = ""

    @property
    def failure(self) -> str:
        """The first step that failed, and why."""
        failed = next((step for step in self.steps if not step.ok), None)
        return f"{failed.name} failed: {failed.detail}" if failed else ""

    @property
    def by_hand(self) -> str:
        """What is left to do by hand where the host could not be put back."""
        return next((step.detail for step in self.steps if step.name == "by hand"), "")


def read_answer(stdout: str, script: Script, mask: Callable[[str], str]) -> Answer:
    """Read what the host printed; what others say in it is masked before it becomes a value."""
    before, end, after = stdout.partition(f"wsfix {script.nonce} end ")
    log = before.partition(f"wsfix {script.nonce} begin\n")[2]
    number, _, rest = after.partition("\n")
    look = rest.partition(f"wsfix {script.nonce} look\n")[2]
    code = int(number) if end and number.isdecimal() else None
    rows = [line.split("\t") for line in log.split("\n")]
    chosen = next((row[1] for row in rows if row[0] == "transaction" and len(row) > 1), script.transaction)
    return Answer(code, chosen, tuple(_step(row, mask) for row in rows if _is_step(row)), look)


def _is_step(row: list[str]) -> bool:
    return row[0] == "step" and len(row) == _STEP_FIELDS


def _step(row: list[str], mask: Callable[[str], str]) -> Step:
    return Step(mask(row[1]), row[2] == "ok", mask(row[3].replace(_LINE_BREAK, "\n").strip()))
