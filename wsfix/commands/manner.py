"""How a check is told: in which format, to where, and from which severity on it fails."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TextIO

from wsfix.commands import status
from wsfix.commands.formats import FailOn, Format
from wsfix.commands.writing import STANDARD, write
from wsfix.model.finding import Severity
from wsfix.model.report import Report
from wsfix.report import document, github, html, junit, nagios, prometheus, sarif
from wsfix.report.colour import Paint, paint_for

Say = Callable[[str], None]


_FAILS = {
    FailOn.ERROR: frozenset({Severity.ERROR}),
    FailOn.WARNING: frozenset({Severity.ERROR, Severity.WARNING}),
}
_RENDERERS: Mapping[Format, Callable[[Report], str]] = {
    Format.JSON: document.whole,
    Format.JUNIT: junit.render,
    Format.SARIF: sarif.render,
    Format.GITHUB: github.render,
    Format.NAGIOS: nagios.render,
    Format.PROMETHEUS: prometheus.render,
    Format.HTML: html.render,
}


@dataclass(frozen=True, slots=True)
class Manner:
    """What the command line says of the telling."""

    format: Format = Format.TEXT
    fail_on: FailOn = FailOn.WARNING
    output: str = ""
    """A file; standard output where there is none."""
    bundle: str = ""
    """A file for everything that a colleague would ask for; `-` is standard output, in place of the report."""
    exit_zero: bool = False

    @property
    def fails(self) -> frozenset[Severity]:
        """The severities by which a check fails."""
        return _FAILS[self.fail_on]

    @property
    def streams(self) -> bool:
        """Whether each host is told as soon as it is done."""
        return self.format is Format.TEXT and not self.output and self.bundle != STANDARD

    def paint(self, stream: TextIO) -> Paint:
        """Return colour where a person reads."""
        return Paint() if self.output else paint_for(stream)

    def tell(self, text: str, say: Say) -> None:
        """Give the report to the file that was asked for, or to the reader."""
        if self.output:
            write(self.output, f"{text.rstrip()}\n")
        elif self.bundle != STANDARD:
            say(text.rstrip("\n"))

    def rendered(self, report: Report) -> str:
        """Return the report in a format for programs, or for a browser."""
        return _RENDERERS[self.format](report)

    def keep(self, text: str, say: Say) -> None:
        """Give the bundle to where it belongs."""
        if self.bundle == STANDARD:
            say(text.rstrip("\n"))
        else:
            write(self.bundle, text)
            sys.stderr.write(f"wsfix: {self.bundle} holds what a colleague would ask for; secrets are masked\n")

    def end(self, code: int, report: Report) -> int:
        """Return the exit status: Nagios has its own; SARIF's findings are no failure, since an upload follows."""
        if self.format is Format.NAGIOS:
            return int(nagios.state(report))
        forgiven = self.exit_zero or self.format is Format.SARIF
        return status.OK if code == status.FINDINGS and forgiven else code
