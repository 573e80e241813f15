"""What provisioning would do, as a person reads it: packages, parts, then the plan with its diff."""

from __future__ import annotations

from typing import Protocol

from wsfix.model.change import Plan
from wsfix.redact import mask_text, visible
from wsfix.report.colour import Paint
from wsfix.report.text import plan_lines


class Part(Protocol):
    """Something that is laid."""

    @property
    def title(self) -> str:
        """What the operator reads."""


class Drafted(Protocol):
    """What provisioning would do on one host."""

    @property
    def host(self) -> str:
        """Its name."""

    @property
    def packages(self) -> tuple[str, ...]:
        """Packages that are missing."""

    @property
    def steps(self) -> tuple[Part, ...]:
        """Parts that are laid before anything is switched."""

    @property
    def plan(self) -> Plan:
        """What is switched in one transaction."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is left as it is, and why."""

    @property
    def empty(self) -> bool:
        """Whether everything is there."""


def draft_lines(drafted: Drafted, paint: Paint) -> list[str]:
    """Return the parts and the plan of one host."""
    lines: list[str] = []
    for note in drafted.notes:
        lines += ["", f"  {paint('!', 'yellow')} {visible(mask_text(note))}"]
    if drafted.empty:
        return [*lines, f"  {drafted.host}: everything is there"]
    lines += ["", paint(f"  to be laid on {drafted.host}", "bold"), ""]
    titles = [f"install {' '.join(drafted.packages)}"] if drafted.packages else []
    titles += [step.title for step in drafted.steps]
    lines += [f"  {paint('+', 'green')} {title}" for title in titles] or ["    nothing; only switched"]
    return [*lines, "", *plan_lines(drafted.plan, paint), ""]
