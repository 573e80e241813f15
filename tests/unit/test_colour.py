"""Colour: for people at terminals, and for nobody who said that they want none."""

from __future__ import annotations

import io
import os
import pty
from collections.abc import Iterator
from typing import TextIO

import pytest

from wsfix.report.colour import Paint, paint_for

FULL, DUMB = {"TERM": "xterm-256color"}, {"TERM": "dumb"}


@pytest.fixture
def terminal() -> Iterator[TextIO]:
    """A real pseudo-terminal."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as stream:
        yield stream
    os.close(ours)


@pytest.mark.parametrize(
    ("environ", "at_terminal", "elsewhere"),
    [
        pytest.param(FULL, True, False, id="nothing said"),
        pytest.param({}, True, False, id="not even TERM"),
        pytest.param(DUMB, False, False, id="a dumb terminal"),
        pytest.param({**FULL, "NO_COLOR": "1"}, False, False, id="NO_COLOR"),
        pytest.param({**FULL, "NO_COLOR": "0"}, False, False, id="NO_COLOR with any value"),
        pytest.param({**FULL, "NO_COLOR": ""}, True, False, id="NO_COLOR that is empty"),
        pytest.param({**FULL, "CLICOLOR_FORCE": "1"}, True, True, id="CLICOLOR_FORCE"),
        pytest.param({**DUMB, "CLICOLOR_FORCE": "1"}, True, True, id="CLICOLOR_FORCE at a dumb terminal"),
        pytest.param({**FULL, "CLICOLOR_FORCE": "0"}, True, False, id="CLICOLOR_FORCE of zero"),
        pytest.param({**FULL, "CLICOLOR_FORCE": ""}, True, False, id="CLICOLOR_FORCE that is empty"),
        pytest.param({**FULL, "CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False, False, id="both: no colour"),
    ],
)
def test_who_gets_colour(terminal: TextIO, environ: dict[str, str], at_terminal: bool, elsewhere: bool):
    assert (paint_for(terminal, environ).on, paint_for(io.StringIO(), environ).on) == (at_terminal, elsewhere)


def test_the_real_environment_is_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("CLICOLOR_FORCE", "1")
    assert paint_for(io.StringIO()).on
    monkeypatch.setenv("NO_COLOR", "1")
    assert not paint_for(io.StringIO()).on


@pytest.mark.parametrize(
    ("on", "text", "styles", "expected"),
    [
        (True, "x", ("red",), "\x1b[31mx\x1b[0m"),
        (True, "x", ("red", "bold"), "\x1b[31;1mx\x1b[0m"),
        (True, "", ("red",), ""),
        (False, "x", ("red", "bold"), "x"),
    ],
)
def test_a_style_is_put_around_a_text(on: bool, text: str, styles: tuple[str, ...], expected: str):
    assert Paint(on)(text, *styles) == expected
