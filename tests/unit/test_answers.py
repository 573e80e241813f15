"""The table of statuses and close codes: every fault that it names exists, and a walk's answer finds its row."""

from __future__ import annotations

import pytest

from tests.report.scenes import GATEWAY
from wsfix.faults.catalogue import entry_of
from wsfix.model.answers import meaning_of, meaning_of_walk
from wsfix.model.closes import CODES
from wsfix.model.statuses import STATUSES
from wsfix.model.walk import REFUSED_CODES, REFUSED_STATUS, Handshake, Place, Reply, Walk

EVERY = [*STATUSES.values(), *CODES.values()]


@pytest.mark.parametrize("meaning", EVERY, ids=lambda meaning: str(meaning.number))
def test_every_fault_that_is_named_exists_once(meaning):
    assert [name for name in meaning.faults if entry_of(name) is None] == []
    assert len(set(meaning.faults)) == len(meaning.faults)
    assert meaning.means.endswith(".")
    assert meaning.source


def test_every_status_and_code_by_which_wsfix_tells_a_refusal_has_its_row():
    assert [number for number in REFUSED_STATUS if number not in STATUSES] == []
    assert [number for number in REFUSED_CODES if meaning_of(number) is None] == []


def test_the_rows_stand_in_their_order():
    assert list(STATUSES) == sorted(STATUSES)
    assert list(CODES) == sorted(CODES)
    assert all(100 <= number < 600 for number in STATUSES)
    assert all(1000 <= number < 5000 for number in CODES)


def walk(reply: Reply | None, close: int | None = None, *, proved: bool = False) -> Walk:
    met = Handshake("https://x", reply, accepted=proved or close is not None, proved=proved, close_code=close)
    return Walk(Place.OUTSIDE, "x", handshake=met)


@pytest.mark.parametrize(
    ("seen", "number"),
    [
        (walk(GATEWAY), 502),
        (walk(Reply(101, "", ()), 1008), 1008),
        (walk(Reply(101, "", ()), 4999), 4999),
        (walk(Reply(101, "", ())), None),
        (walk(Reply(418, "", ())), None),
        (walk(Reply(101, "", ()), proved=True), None),
        (walk(None), None),
        (Walk(Place.OUTSIDE, "x"), None),
    ],
)
def test_a_walk_s_answer_finds_its_row(seen: Walk, number: int | None):
    meaning = meaning_of_walk(seen)
    assert (meaning.number if meaning else None) == number
