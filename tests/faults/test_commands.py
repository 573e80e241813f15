"""Faults of a test: their sick commands are found and told word for word, their sound ones are not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.faults.observing import HERE
from wsfix.drivers.client import read
from wsfix.faults.catalogue import catalogue
from wsfix.judge import judge_command
from wsfix.model.command import Reading
from wsfix.model.hop import Hop
from wsfix.report.colour import Paint
from wsfix.report.command import WIDTH, command_document, command_lines

CASES = sorted(
    path.parent for path in HERE.glob("*/*/case.json") if "command" in json.loads(path.read_text(encoding="utf-8"))
)
SICK = [case for case in CASES if not case.name.startswith("sound")]
SOUND = [case for case in CASES if case.name.startswith("sound")]


def _name(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


def _said(case: Path) -> dict[str, str]:
    return dict(json.loads((case / "case.json").read_text(encoding="utf-8")))


def _reading(case: Path) -> Reading:
    return judge_command(read(_said(case)["command"]))


@pytest.mark.parametrize("case", SICK, ids=_name)
def test_a_sick_command_is_found_with_its_severity(case: Path):
    found = {finding.name: finding.severity.value for finding in _reading(case).findings}
    assert found.get(case.parent.name) == _said(case)["severity"]


@pytest.mark.parametrize("case", SICK, ids=_name)
def test_a_sick_command_is_told_word_for_word(case: Path):
    told = "\n".join(line.rstrip() for line in command_lines(_reading(case), Paint())).rstrip("\n") + "\n"
    golden = case / "told.txt"
    if os.environ.get("WSFIX_ACCEPT"):
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", SOUND, ids=_name)
def test_a_sound_command_is_not_blamed(case: Path):
    assert case.parent.name not in [finding.name for finding in _reading(case).findings]


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_no_secret_of_a_command_is_told(case: Path):
    reading = _reading(case)
    told = "\n".join(command_lines(reading, Paint())) + json.dumps(command_document(reading)) + repr(reading)
    assert "c4n4ry" not in told


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_every_line_fits_a_terminal_but_for_a_url(case: Path):
    lines = command_lines(_reading(case), Paint())
    assert [line for line in lines if len(line) > WIDTH and "://" not in line] == []


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_what_is_said_to_be_sound_is_judged_sound(case: Path):
    """Read the very commands that wsfix gives instead: nothing of a test is wrong with them any more."""
    for what in command_document(_reading(case))["instead"]:
        if what["command"].startswith(("wsfix", "openssl")):
            continue
        again = judge_command(read(what["command"]))
        assert [f.name for f in again.findings if f.severity.value != "note"] == []


def test_the_faults_of_a_test_are_those_of_the_hop_before_the_first():
    entries = catalogue()
    assert [e.fault.name for e in entries if e.fault.hop is Hop.TEST] == [
        e.fault.name for e in entries if e.room == "probe"
    ]
    assert {case.parent.name for case in CASES} == {e.fault.name for e in entries if e.detect_in_command is not None}
