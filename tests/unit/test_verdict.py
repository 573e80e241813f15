"""The proof: what a change is called after the host was looked at again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.observing import HERE, observation
from tests.unit.applying import after
from wsfix.engine import GUARD_SECONDS, Pass, guard_seconds, owner, verdict
from wsfix.errors import SpecError
from wsfix.facts.wish import Wish
from wsfix.judge import judge
from wsfix.local import LocalShell
from wsfix.model.hop import Hop
from wsfix.model.observation import Observation
from wsfix.model.walk import Handshake, Place, Walk
from wsfix.operations.transaction import Proof
from wsfix.plan import Consent, plan
from wsfix.shell import Privilege

SHELL = LocalShell("@local", Privilege())
ALL = Consent(confirm=frozenset({"all"}))


def passed(*seen: Observation) -> Pass:
    diagnoses = tuple(judge(each) for each in seen)
    made = plan("web1", zip(seen, diagnoses, strict=True), ALL)
    return Pass("web1", SHELL, Wish(), seen, diagnoses, made, ALL)


@pytest.fixture
def healthy(tmp_path: Path) -> Observation:
    (tmp_path / "case.json").write_text("{}", encoding="utf-8")
    return observation(tmp_path)


@pytest.fixture
def sick() -> Observation:
    return observation(HERE / "nginx-upgrade-headers-missing/own-location")


def failing(seen: Observation, reason: str = "502", wall: Hop = Hop.PROXY) -> Observation:
    return replace(seen, outside=Walk(Place.OUTSIDE, "/ws", handshake=Handshake(None), wall=wall, reason=reason))


def test_what_works_and_has_nothing_left_is_cured(sick: Observation):
    before = passed(sick)
    told = verdict(before, passed(after(sick, before.plan)))
    assert (told.proof, told.why) == (Proof.CURED, "proved by a real handshake from outside")


def test_what_worked_and_does_not_any_more_is_worse(sick: Observation, healthy: Observation):
    other = replace(healthy, site=healthy.site.model_copy(update={"name": "other"}))
    before = passed(sick, other)
    told = verdict(before, passed(after(sick, before.plan), failing(other, "connection refused")))
    assert (told.proof, told.why) == (Proof.WORSE, "other worked before and does not any more: connection refused")


def test_worse_for_one_outweighs_cured_for_the_other(sick: Observation, healthy: Observation):
    before = passed(healthy, sick)
    assert verdict(before, passed(failing(healthy), after(sick, before.plan))).proof is Proof.WORSE


def test_what_was_to_be_cured_and_still_stands_is_the_same(sick: Observation):
    told = verdict(passed(sick), passed(sick))
    assert told.proof is Proof.SAME
    assert told.why.startswith("nginx-upgrade-headers-missing is still there after the change: ")


def test_what_still_stands_is_the_same_also_where_nothing_may_be_planned_any_more(sick: Observation):
    assert sick.inside is not None
    assert sick.inside.proxy is not None
    refused = replace(sick.inside.proxy, test_passed=False, test_output="nginx: [emerg] unknown directive")
    told = verdict(passed(sick), passed(replace(sick, inside=replace(sick.inside, proxy=refused))))
    assert (told.proof, told.why.partition(" ")[0]) == (Proof.SAME, "nginx-upgrade-headers-missing")


def test_a_socket_that_works_while_the_fault_still_stands_is_the_same(sick: Observation, healthy: Observation):
    told = verdict(passed(sick), passed(replace(sick, outside=healthy.outside, proxy=None, backend=None)))
    assert told.proof is Proof.SAME


def test_a_socket_that_works_again_and_may_still_fall_silent_is_better(sick: Observation):
    """Another part of the way is found to end silent sockets once the first was mended."""
    hasty = replace(sick, site=sick.site.model_copy(update={"idle_seconds": 9000}))
    before = passed(hasty)
    assert {"WS420", "WS440"} <= {code for change in before.plan.changes for code in change.faults}
    made = after(hasty, before.plan)
    again = replace(made, site=hasty.site.model_copy(update={"idle_seconds": 99000}))
    told = verdict(before, passed(again))
    assert told.proof is Proof.BETTER
    assert told.why.startswith("the handshake succeeds now; nginx-proxy-read-timeout is left: ")


def test_what_was_planned_is_gone_and_another_error_is_left_is_better(sick: Observation):
    before = passed(sick)
    made = after(sick, before.plan)
    assert made.inside is not None
    stopped = observation(HERE / "backend-not-running/stopped")
    assert stopped.inside is not None
    inside = replace(made.inside, services=stopped.inside.services, listeners=stopped.inside.listeners)
    left = replace(failing(made), inside=inside, backend=stopped.backend, proxy=stopped.proxy)
    told = verdict(before, passed(left))
    assert told.proof is Proof.BETTER
    assert told.why == "mended what was planned; backend-not-running is left: chat.service is not running"


def test_a_socket_that_fails_and_nothing_says_why_is_the_same(sick: Observation):
    before = passed(sick)
    told = verdict(before, passed(failing(after(sick, before.plan), "silence")))
    assert (told.proof, told.why) == (Proof.SAME, "chat still fails and nothing says why: silence")


def test_a_pass_is_healthy_where_every_site_is(healthy: Observation):
    assert passed(healthy, healthy).healthy
    assert not passed(healthy, failing(healthy)).healthy
    assert passed(healthy).sites == (healthy.site,)


def test_the_guard_waits_a_minute_unless_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("WSFIX_GUARD_SECONDS", raising=False)
    assert guard_seconds() == GUARD_SECONDS == 60


@pytest.mark.parametrize(("text", "seconds"), [("5", 5), ("120", 120), ("3600", 3600), ("007", 7)])
def test_the_guard_waits_as_long_as_it_is_told(monkeypatch: pytest.MonkeyPatch, text: str, seconds: int):
    monkeypatch.setenv("WSFIX_GUARD_SECONDS", text)
    assert guard_seconds() == seconds


@pytest.mark.parametrize("text", ["", "4", "3601", "-5", "1e3", "5.0", "a minute", "\u00b2", "99999999999999999999"])
def test_a_wait_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setenv("WSFIX_GUARD_SECONDS", text)
    with pytest.raises(SpecError, match="WSFIX_GUARD_SECONDS"):
        guard_seconds()


def test_the_owner_says_who_acts_from_where():
    assert "@" in owner()
    assert " pid " in owner()
    assert "\n" not in owner()
