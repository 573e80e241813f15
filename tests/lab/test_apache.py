"""The whole way for every fault of kar.bar, which stands behind Apache: as for the chat in test_repair.py."""

from __future__ import annotations

import pytest

from tests.lab import course, drawn
from tests.lab.breaks import break_host, breaks
from tests.lab.commands import pyinfra
from tests.lab.courses import course_of

SYSTEM = "000"
CASES = list(drawn.cases(breaks(SYSTEM).values(), 13))


@pytest.mark.parametrize(("chosen", "release"), CASES, ids=drawn.word)
def test_a_fault_is_named_shown_repaired_proved_and_put_back(healthy_host, chosen, release):
    host = healthy_host(release=release, system=SYSTEM)
    chosen.apply(host)
    course.run(host, chosen, course_of(host, chosen), golden=f"{SYSTEM}/{chosen.name}", compare=release == 13)


def test_what_needs_consent_is_held_back_without_it(healthy_host):
    host = healthy_host(release=13, system=SYSTEM)
    break_host(host, "apache-proxy-denied")
    before = host.digests()
    run = pyinfra("deploys/websocket.py", "-y", host=host.name)
    assert "WSFIX_CONFIRM=apache-proxy-denied" in run.stderr, run.stderr
    assert host.digests() == before


def test_a_healthy_host_gives_no_finding(healthy_host, release):
    host = healthy_host(release=release, system=SYSTEM)
    course.finds_nothing(host)
