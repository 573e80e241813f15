"""Two faults at once on one host, by the matrix's seeded draw: both named, gone in two runs at most, and put back."""

from __future__ import annotations

from itertools import count

import pytest

from tests.lab.furnish import Variant
from tests.lab.machine import LabError
from tests.lab.matrix.draw import pairs
from tests.lab.matrix.inject import inject
from tests.lab.matrix.row import Row, Step, Verdict

TRIED = 4
"""How many pairs a run takes; the matrix takes sixty."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(TRIED))
def test_two_at_once_are_named_repaired_and_put_back(pool, number):
    row = _row(pool, number)
    assert row.verdict is Verdict.FIRST, row
    assert (row.repaired, row.proved, row.undone) == (Step.YES, Step.YES, Step.YES), row


def _row(pool, number) -> Row:
    """Take the first pair of every TRIED from `number` on that can be had at once."""
    drawn = pairs()
    for place in count():
        pair = next(drawn)
        if place % TRIED != number:
            continue
        host = pool.take(Variant(system=pair.system, release=pair.release))
        try:
            return inject(host, pair)
        except LabError:
            continue
        finally:
            pool.give_back(host)
    raise AssertionError
