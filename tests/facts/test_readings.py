"""What each fact asks and how it reads the answer: `<module>.<Fact>/<case>.json`, in the form of pyinfra's own tests.

A case holds the fact's arguments, the command where it is short enough to be said, the lines that a real host printed,
and the value that they mean; of a mapping or an object only what the case is about is compared.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from wsfix.facts.fragment import Fact

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*.*/*.json"))


def fact(folder: str) -> Fact:
    module, _, name = folder.partition(".")
    found = getattr(importlib.import_module(f"wsfix.facts.{module}"), name)()
    assert isinstance(found, Fact)
    return found


def plain(value: Any) -> Any:
    """Return a value of the model as JSON would hold it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def part(value: Any, wanted: Any) -> Any:
    """Return of the value what the case speaks about."""
    if isinstance(value, dict) and isinstance(wanted, dict):
        return {key: part(each, wanted[key]) for key, each in value.items() if key in wanted}
    if isinstance(value, list) and isinstance(wanted, list) and len(value) == len(wanted):
        return [part(each, other) for each, other in zip(value, wanted, strict=True)]
    return value


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_the_answer_of_a_real_host_is_read(case: Path):
    given = json.loads(case.read_text(encoding="utf-8"))
    asked = fact(case.parent.name)
    if "command" in given:
        assert given["command"] == asked.command(**given.get("arg", {}))
    value = plain(asked.process([*given["output"]]))
    assert given["fact"] == part(value, given["fact"])


def test_every_fact_has_cases():
    modules = [path.stem for path in (HERE.parents[1] / "wsfix" / "facts").glob("*.py")]
    facts = {
        f"{module}.{name}"
        for module in modules
        for name, value in vars(importlib.import_module(f"wsfix.facts.{module}")).items()
        if isinstance(value, type) and issubclass(value, Fact) and value.__module__ == f"wsfix.facts.{module}"
    }
    facts -= {"fragment.Fact", "files.ConfigFiles", "look.Snapshot"}  # an archive and a whole look are run for real
    assert {case.parent.name for case in CASES} == facts


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_an_answer_that_is_cut_off_is_no_traceback(case: Path):
    lines = json.loads(case.read_text(encoding="utf-8"))["output"]
    for end in range(len(lines)):
        for cut in ([*lines[:end]], [*lines[:end], lines[end][: len(lines[end]) // 2]]):
            try:
                fact(case.parent.name).process(cut)
            except (ValueError, KeyError, IndexError):
                continue  # the look writes these down as not seen
