"""What a cure that needs consent would change: the golden diff of each case, once everything is allowed."""

from __future__ import annotations

import os

import pytest

from tests.faults.observing import HERE, observation
from wsfix.judge import judge
from wsfix.plan import Consent, plan

CASES = sorted(HERE.glob("*/*/consented.txt"))


@pytest.mark.parametrize("golden", CASES, ids=lambda path: f"{path.parent.parent.name}/{path.parent.name}")
def test_with_consent_the_cure_is_the_golden_one(golden):
    seen = observation(golden.parent)
    proposed = plan("web1", [(seen, judge(seen))], Consent(confirm=frozenset({golden.parent.parent.name})))
    assert proposed.changes, "nothing would be changed"
    assert proposed.held == ()
    if os.environ.get("WSFIX_ACCEPT"):
        golden.write_text(proposed.diff(), encoding="utf-8")
    assert proposed.diff() == golden.read_text(encoding="utf-8")
