"""The whole way for every fault of the chat on real hosts: broken, named, shown, repaired, proved, left alone, put back."""

from __future__ import annotations

import pytest

from tests.lab import course, drawn
from tests.lab.breaks import breaks
from tests.lab.courses import course_of

CASES = list(drawn.cases(breaks().values(), 12))


@pytest.mark.parametrize(("chosen", "release"), CASES, ids=drawn.word)
def test_a_fault_is_named_shown_repaired_proved_and_put_back(healthy_host, chosen, release):
    host = healthy_host(release=release)
    chosen.apply(host)
    course.run(host, chosen, course_of(host, chosen), golden=chosen.name, compare=release == 12)


def test_a_healthy_host_gives_no_finding(healthy_host, release):
    host = healthy_host(release=release)
    assert "this host can hold about" in course.finds_nothing(host)
