"""Every fault: its sick cases fire and are cured by the golden diff, its sound cases stay silent."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.faults.observing import HERE, observation
from wsfix.faults.catalogue import catalogue, entry_of
from wsfix.judge import judge
from wsfix.model.change import Action
from wsfix.model.finding import Safety, Severity
from wsfix.plan import Consent, plan

HELD = sorted(path.parent for path in HERE.glob("*/*/case.json"))
CASES = [case for case in HELD if "command" not in json.loads((case / "case.json").read_text(encoding="utf-8"))]
"""Those of hosts; what looks at a command is in `test_commands.py`."""
SICK = [case for case in CASES if not case.name.startswith("sound")]
SOUND = [case for case in CASES if case.name.startswith("sound")]
NAMES = [entry.fault.name for entry in catalogue()]


def _name(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


@pytest.mark.parametrize("case", SICK, ids=_name)
def test_a_sick_host_is_found_and_the_cure_is_the_golden_one(case):
    seen = observation(case)
    diagnosis = judge(seen)
    said = json.loads((case / "case.json").read_text(encoding="utf-8"))
    names = [finding.name for finding in diagnosis.findings]
    assert case.parent.name in names
    if "cause" in said:
        assert (diagnosis.cause.name if diagnosis.cause else None) == said["cause"]
    elif not diagnosis.healthy:
        assert diagnosis.cause is not None
        assert diagnosis.cause.name == case.parent.name
    allowed = Consent(confirm=frozenset(said.get("confirm", ())))
    proposed = plan("web1", [(seen, diagnosis)], allowed)
    text = (
        proposed.diff()
        + "".join(f"~ {a.do}\n" for a in proposed.actions)
        + ("~ reload\n" if proposed.reload_proxy else "")
        + "".join(f"! {left.name}: {left.advice}\n" for left in proposed.unworded)
    )
    golden = case / "plan.txt"
    if os.environ.get("WSFIX_ACCEPT"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", SICK, ids=_name)
def test_what_is_only_a_note_is_not_repaired_unasked(case):
    found = judge(observation(case)).findings
    assert [each.name for each in found if each.severity is Severity.NOTE and each.safety is Safety.SAFE] == []


@pytest.mark.parametrize("case", SOUND, ids=_name)
def test_a_sound_host_stays_silent(case):
    diagnosis = judge(observation(case))
    assert case.parent.name not in [finding.name for finding in diagnosis.findings]


@pytest.mark.parametrize("name", NAMES)
def test_every_fault_has_a_sick_and_a_sound_case(name):
    sound = [case.name.startswith("sound") for case in HELD if case.parent.name == name]
    assert False in sound, f"tests/faults/{name}/ has no sick case"
    assert True in sound, f"tests/faults/{name}/ has no sound case"


@pytest.mark.parametrize("case", SICK, ids=_name)
def test_every_action_says_what_it_costs_and_names_no_secret(case):
    seen = observation(case)
    for change in plan("web1", [(seen, judge(seen))]).changes:
        if isinstance(change, Action):
            assert change.cost
            assert change.title


def test_a_healthy_host_gives_no_finding(tmp_path):
    (tmp_path / "case.json").write_text("{}", encoding="utf-8")
    diagnosis = judge(observation(tmp_path))
    assert diagnosis.healthy
    assert diagnosis.findings == ()
    assert diagnosis.unknown == ()


@pytest.mark.parametrize("name", NAMES)
def test_every_manual_has_its_parts(name):
    entry = entry_of(name)
    assert entry is not None
    for part in ("Seen as: ", "Told apart: ", "Changed: ", "Source: "):
        assert f"\n{part}" in entry.manual, f"{name}: the docstring has no `{part.strip()}`"
    assert entry.fault.code[2] == str(int(entry.fault.hop)), "the code's first digit is the hop"


def test_codes_and_names_are_unique():
    codes = [entry.fault.code for entry in catalogue()]
    assert len(set(codes)) == len(codes)
    assert len(set(NAMES)) == len(NAMES)


def test_every_explanation_names_a_fault():
    for entry in catalogue():
        for name in entry.fault.explained_by:
            assert entry_of(name) is not None, f"{entry.fault.name} is explained by {name}, which is no fault"
