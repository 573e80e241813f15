"""The judgement: order, masking by causes, and the difference between fine and not seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.observing import observation
from tests.faults.test_faults import CASES, SICK
from wsfix.drivers.nginx import Config
from wsfix.errors import CannotEdit, NotObserved, UnreadableConfig
from wsfix.faults.catalogue import Entry, catalogue
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.judge import judge
from wsfix.model.change import Change
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.observation import Observation
from wsfix.model.walk import Handshake, Place, Walk

Detect = Callable[[Seen], Iterator[Finding]]


def entry(code: str, name: str, detect: Detect | None = None, explained_by: tuple[str, ...] = ()) -> Entry:
    fault = Fault(code, name, Hop(int(code[2])), Safety.SAFE, explained_by)

    def found(_seen: Seen) -> Iterator[Finding]:
        yield fault.finding(name, Evidence("x", "y"), severity=Severity.ERROR)

    def cure(_seen: Seen, _finding: Finding) -> Iterator[Change | Config]:
        yield from ()

    return Entry(fault, name, detect or found, cure)


def raising(error: Exception) -> Detect:
    def detect(_seen: Seen) -> Iterator[Finding]:
        raise error
        yield

    return detect


@pytest.fixture
def healthy(tmp_path: Path) -> Observation:
    (tmp_path / "case.json").write_text("{}", encoding="utf-8")
    return observation(tmp_path)


@pytest.fixture
def broken(healthy: Observation) -> Observation:
    failing = Walk(Place.OUTSIDE, "/ws", handshake=Handshake(None), wall=Hop.PROXY, reason="404")
    return replace(healthy, outside=failing)


def test_findings_stand_in_the_order_of_the_hops(broken: Observation):
    found = judge(broken, [entry("WS601", "last"), entry("WS101", "first"), entry("WS420", "middle")])
    assert [finding.name for finding in found.findings] == ["first", "middle", "last"]
    assert found.cause is found.findings[0]


def test_what_another_fault_brings_about_is_not_the_cause(broken: Observation):
    found = judge(broken, [entry("WS301", "effect", explained_by=("root",)), entry("WS420", "root")])
    assert [(finding.name, finding.because) for finding in found.findings] == [("effect", "root"), ("root", "")]
    assert found.cause is not None
    assert found.cause.name == "root"


def test_what_explains_it_must_be_found_too(broken: Observation):
    (finding,) = judge(broken, [entry("WS301", "effect", explained_by=("root",))]).findings
    assert finding.because == ""


def test_the_first_explanation_counts(broken: Observation):
    entries = [entry("WS601", "effect", explained_by=("near", "far")), entry("WS501", "far"), entry("WS502", "near")]
    assert judge(broken, entries).findings[-1].because == "near"


def test_two_that_explain_each_other_leave_no_cause_and_say_so(broken: Observation):
    found = judge(broken, [entry("WS301", "a", explained_by=("b",)), entry("WS302", "b", explained_by=("a",))])
    assert (found.cause, found.unexplained) == (None, True)


def circles() -> list[tuple[str, str]]:
    causes = {each.fault.name: set(each.fault.explained_by) for each in catalogue()}
    return [(one, other) for one, by in causes.items() for other in by if one in causes[other] or one == other]


def test_no_two_faults_of_the_catalogue_explain_each_other():
    assert circles() == []


@pytest.mark.parametrize(
    ("error", "what", "why"),
    [
        pytest.param(NotObserved("files", "no root"), "files", "no root", id="not observed"),
        pytest.param(UnreadableConfig("/etc/x", 3, "no end"), "the proxy's configuration", "/etc/x:3: no end", id="unreadable"),
        pytest.param(CannotEdit("two includes"), "the proxy's configuration", "two includes", id="cannot edit"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_see_is_unknown_and_never_fine(broken: Observation, error: Exception, what: str, why: str):
    found = judge(broken, [entry("WS301", "blind", raising(error)), entry("WS302", "too", raising(error))])
    assert [(u.what, u.why, u.faults) for u in found.unknown] == [(what, why, ("blind", "too"))]
    assert (found.findings, found.healthy, found.unexplained) == ((), False, True)


def test_a_rule_that_does_not_concern_the_site_is_silent(healthy: Observation):
    found = judge(healthy, [entry("WS301", "x", raising(NotApplicable()))])
    assert (found.findings, found.unknown) == ((), ())


def test_a_rule_that_breaks_is_not_swallowed(healthy: Observation):
    with pytest.raises(ZeroDivisionError):
        judge(healthy, [entry("WS301", "x", raising(ZeroDivisionError()))])


def test_a_finding_after_which_a_rule_cannot_see_is_still_counted(broken: Observation):
    fault = Fault("WS301", "half", Hop.TLS, Safety.SAFE)

    def detect(_seen: Seen) -> Iterator[Finding]:
        yield fault.finding("seen", Evidence("x", "y"), severity=Severity.ERROR)
        raise NotObserved("the rest")

    found = judge(broken, [entry("WS301", "half", detect)])
    assert len(found.findings) + len(found.unknown) >= 1
    assert [u.what for u in found.unknown] == ["the rest"]


def test_a_finding_without_evidence_cannot_be_made():
    with pytest.raises(ValueError, match="needs evidence"):
        Fault("WS301", "x", Hop.TLS, Safety.SAFE).finding("x", severity=Severity.ERROR)


WITH_HOST = [case for case in SICK if observation(case).inside is not None]
PARTS = ("files", "listeners", "processes", "services", "proxy", "firewall", "env", "sources")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("case", WITH_HOST, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_without_a_part_of_the_host_a_fault_is_found_or_unknown_and_never_denied(case: Path, part: str):
    seen = observation(case)
    assert seen.inside is not None
    before = {finding.name for finding in judge(seen).findings}
    blind = judge(replace(seen, inside=replace(seen.inside, **{part: None}, missing={part: "not asked"})))
    unknown = {name for each in blind.unknown for name in each.faults}
    assert before - {finding.name for finding in blind.findings} - unknown == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_from_outside_alone_no_case_is_a_traceback_and_none_is_called_healthy_that_is_not(case: Path):
    seen = observation(case)
    outside = judge(Observation(seen.site, outside=seen.outside))
    assert outside.healthy is bool(seen.outside and seen.outside.sound)
    assert outside.host == ""
    assert outside.healthy or outside.cause or outside.unexplained


def test_nothing_seen_at_all_is_not_healthy(healthy: Observation):
    found = judge(Observation(healthy.site))
    assert (found.healthy, found.seen_outside, found.unexplained) == (False, False, True)
    assert found.unknown != ()


def test_an_unexplained_failure_shows_what_each_place_answered(broken: Observation):
    proxy = Walk(Place.PROXY, "127.0.0.1:443/ws", wall=Hop.PROXY, reason="502")
    found = judge(replace(broken, proxy=proxy), [])
    assert (found.unexplained, found.wall, found.reason) == (True, Hop.PROXY, "404")
    assert [evidence.source for evidence in found.evidence] == ["outside, /ws", "proxy on the host, 127.0.0.1:443/ws"]


def test_a_cause_needs_a_socket_that_fails(healthy: Observation):
    found = judge(healthy, [entry("WS420", "x")])
    assert (found.healthy, found.cause, len(found.drift)) == (True, None, 1)


def test_a_site_without_backend_service_env_or_idle_time_is_judged_too(healthy: Observation):
    data = json.loads(healthy.site.model_dump_json())
    bare = type(healthy.site).model_validate({"name": data["name"], "url": data["url"]})
    assert judge(replace(healthy, site=bare)).findings == ()
