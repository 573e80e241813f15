"""Every verb of every driver on a configuration as people write it: the diff as blessed, and once is enough; see golden.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drivers.golden import CONFIGS, Ask, accepted, blessed, cases, done, edited


def _named(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


@pytest.mark.parametrize("case", [case for driver in CONFIGS for case in cases(driver)], ids=_named)
def test_the_diff_is_as_blessed(case: Path) -> None:
    assert accepted(case) == blessed(case)


@pytest.mark.parametrize("case", [case for driver in CONFIGS for case in done(driver)], ids=_named)
def test_twice_is_once(case: Path) -> None:
    _, after = edited(case)
    assert Ask.of(case).done(after).changed(after) == {}
