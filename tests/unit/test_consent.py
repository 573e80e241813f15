"""Consent: which faults a run is about, and which unsafe cures it may make."""

from __future__ import annotations

import pytest

from tests.sources import ROOT
from wsfix.consent import PARTS, VARIABLE, consent, faults_of
from wsfix.errors import SpecError
from wsfix.faults.catalogue import catalogue
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.plan import Consent, all_faults


def finding(safety: Safety = Safety.CONFIRM) -> Finding:
    return Finding("WS201", "fw-drops-http", Hop.TCP, Severity.ERROR, safety, "x", (Evidence("a", "b"),))


@pytest.mark.parametrize(
    ("text", "confirmed"),
    [
        pytest.param("", set(), id="nothing"),
        pytest.param("  ", set(), id="blanks"),
        pytest.param("all", {"all"}, id="all"),
        pytest.param("fw-drops-http", {"fw-drops-http"}, id="by name"),
        pytest.param("WS201", {"fw-drops-http"}, id="by code"),
        pytest.param("ws201", {"fw-drops-http"}, id="by code in small letters"),
        pytest.param("FW-Drops-HTTP", {"fw-drops-http"}, id="by name in capitals"),
        pytest.param("fw-drops-http,nginx-down", {"fw-drops-http", "nginx-down"}, id="with commas"),
        pytest.param(" WS201   nginx-down, ", {"fw-drops-http", "nginx-down"}, id="with blanks"),
        pytest.param("all WS201", {"all", "fw-drops-http"}, id="all and one"),
    ],
)
def test_the_environment_names_what_is_allowed(text: str, confirmed: set[str]):
    assert consent(environ={VARIABLE: text}) == Consent(faults=None, confirm=frozenset(confirmed))


@pytest.mark.parametrize("text", ["yes", "1", "WS999", "fw-drops", "al", "nginx-down;id", "all,typo"])
def test_a_word_that_is_no_fault_is_refused(text: str):
    with pytest.raises(SpecError, match="there is no fault"):
        consent(environ={VARIABLE: text})


def test_the_real_environment_is_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, "WS201")
    assert consent().confirm == {"fw-drops-http"}
    monkeypatch.delenv(VARIABLE)
    assert consent().confirm == frozenset()


def test_every_fault_belongs_to_one_part():
    parts = [faults_of(part) for part in PARTS]
    assert frozenset().union(*parts) == all_faults()
    assert sum(len(part) for part in parts) == len([entry for entry in catalogue() if entry.detect is not None])


def test_every_part_has_its_deploy():
    assert [part for part in PARTS if not (ROOT / "deploys" / f"{part}.py").is_file()] == []


@pytest.mark.parametrize("part", PARTS)
def test_a_part_narrows_the_run(part: str):
    assert consent(part, {}).faults == faults_of(part) != frozenset()


@pytest.mark.parametrize(
    ("said", "safety", "allowed"),
    [
        pytest.param(frozenset(), Safety.SAFE, True, id="safe needs none"),
        pytest.param(frozenset(), Safety.CONFIRM, False, id="unsafe needs one"),
        pytest.param(frozenset({"all"}), Safety.CONFIRM, True, id="all"),
        pytest.param(frozenset({"fw-drops-http"}), Safety.CONFIRM, True, id="its name"),
        pytest.param(frozenset({"WS201"}), Safety.CONFIRM, True, id="its code"),
        pytest.param(frozenset({"nginx-down"}), Safety.CONFIRM, False, id="another"),
    ],
)
def test_a_cure_is_allowed_or_not(said: frozenset[str], safety: Safety, allowed: bool):
    assert Consent(confirm=said).allows(finding(safety)) is allowed


def test_a_run_is_about_everything_unless_it_is_narrowed():
    assert not Consent().narrows_out(finding())
    assert Consent(faults=frozenset()).narrows_out(finding())
    assert not Consent(faults=frozenset({"fw-drops-http"})).narrows_out(finding())
