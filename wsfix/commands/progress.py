"""How far a long look is: a bar on a terminal, and a line now and then where nobody watches."""

from __future__ import annotations

import sys
from typing import TextIO

from wsfix.report.colour import Paint, paint_for

_WIDTH, _MOST = 20, 79
_EVERY = 15.0
"""Seconds between two lines where there is no terminal; a log of a job shows that it lives."""


class Bar:
    """The progress of what takes its time, told to a stream; answers stand on another one."""

    def __init__(self, stream: TextIO, paint: Paint) -> None:
        self._stream, self._paint = stream, paint
        self._drawn = stream.isatty()
        self._told: dict[str, float] = {}

    def __call__(self, what: str, passed: float, of: float) -> None:
        """Say that so many seconds of so many have passed."""
        if self._drawn:
            self._draw(what, passed, of)
            return
        since = self._told.get(what)
        if since is None or passed >= of or passed - since >= _EVERY:
            self._told[what] = passed
            self._stream.write(f"wsfix: {what}: {passed:.0f} of {of:g} s\n")
            self._stream.flush()

    def clear(self) -> None:
        """Take the bar away, so that the report begins on a clean line."""
        if self._drawn and self._told:
            self._stream.write("\r\033[K")
            self._stream.flush()

    def _draw(self, what: str, passed: float, of: float) -> None:
        self._told[what] = passed
        full = round(_WIDTH * min(1.0, passed / of)) if of else _WIDTH
        count = f" {passed:3.0f} of {of:g} s"
        label = what[: _MOST - _WIDTH - len(count) - 1]
        bar = self._paint("█" * full, "green") + "░" * (_WIDTH - full)
        self._stream.write(f"\r\033[K{label} {bar}{count}")
        self._stream.flush()


def bar() -> Bar:
    """Return the bar of this run."""
    return Bar(sys.stderr, paint_for(sys.stderr))
