"""The plan: one edit a file, nothing twice, nothing without consent, and nothing left to plan once it was made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.faults.observing import HERE, observation
from tests.faults.test_faults import CASES, SICK
from tests.unit.applying import after, changed
from wsfix.judge import judge
from wsfix.model.change import Action, Edit, Plan, Reload
from wsfix.model.finding import Safety
from wsfix.model.inside import OpenTransaction
from wsfix.model.observation import Observation
from wsfix.plan import Consent, plan

EVERYTHING = Consent(confirm=frozenset({"all"}))


def named(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


def planned(*seen: Observation, consent: Consent | None = None) -> Plan:
    return plan("web1", [(each, judge(each)) for each in seen], consent)


def case(name: str) -> Observation:
    return observation(HERE / name)


def titles(made: Plan) -> list[str]:
    return [action.title for action in made.actions]


@pytest.mark.parametrize("sick", SICK, ids=named)
def test_what_was_planned_is_not_planned_again(sick: Path):
    seen = observation(sick)
    made = planned(seen, consent=EVERYTHING)
    again = planned(after(seen, made), consent=EVERYTHING)
    assert (again.diff(), titles(again), again.reload_proxy) == ("", [], False)


MISREAD = ("nginx-upgrade-headers-missing/tabs-and-one-line",)
"""Cases in which an answer from before the change, read after it, speaks of another fault."""


@pytest.mark.parametrize("sick", [sick for sick in SICK if named(sick) not in MISREAD], ids=named)
def test_even_while_the_old_answers_stand_no_file_is_edited_twice(sick: Path):
    seen = observation(sick)
    again = planned(changed(seen, planned(seen, consent=EVERYTHING)), consent=EVERYTHING)
    assert again.diff() == ""


@pytest.mark.parametrize("sick", SICK, ids=named)
def test_a_file_is_edited_once_and_as_it_was_seen(sick: Path):
    seen = observation(sick)
    edits = [change for change in planned(seen, consent=EVERYTHING).changes if isinstance(change, Edit)]
    assert len({edit.path for edit in edits}) == len(edits)
    for edit in edits:
        held = (seen.inside.files or {}).get(edit.path) if seen.inside else None
        assert (edit.before, edit.sha256) == (held.content if held else None, held.sha256 if held else None)
        assert edit.faults != ()
        assert edit.before != edit.after


@pytest.mark.parametrize("each", CASES, ids=named)
def test_nothing_is_changed_without_a_finding_and_every_finding_is_answered(each: Path):
    seen = observation(each)
    diagnosis = judge(seen)
    made = plan("web1", [(seen, diagnosis)], EVERYTHING)
    codes = {finding.code for finding in diagnosis.findings}
    assert {code for change in made.changes for code in change.faults} <= codes
    if not diagnosis.findings:
        assert (made.empty, made.advice, made.held) == (True, (), ())


def test_a_healthy_host_has_nothing_to_change(tmp_path: Path):
    (tmp_path / "case.json").write_text("{}", encoding="utf-8")
    made = planned(observation(tmp_path))
    assert (made.empty, made.diff(), made.actions, made.inhibited) == (True, "", (), "")


def closed(name: str, **firewall: Any) -> Observation:
    """Return a case in which the operator did not list the port that is needed."""
    seen = case(name)
    site = seen.site.model_copy(update={"firewall": seen.site.firewall.model_copy(update=firewall)})
    return replace(seen, site=site)


def test_what_needs_consent_is_held_back_with_the_word_that_allows_it():
    made = planned(closed("fw-drops-http/443-not-allowed", open=()))
    assert made.empty
    assert [held.why for held in made.held] == ["needs consent: allow fw-drops-http (WSFIX_CONFIRM=fw-drops-http)"]
    assert isinstance(made.held[0].change, Action)


@pytest.mark.parametrize("word", ["all", "fw-drops-http", "WS201"])
def test_what_needs_consent_is_made_with_it(word: str):
    made = planned(closed("fw-drops-http/443-not-allowed", open=()), consent=Consent(confirm=frozenset({word})))
    assert (titles(made), made.held) == (["ufw allow 443/tcp"], ())


@pytest.mark.parametrize("word", ["fw-backend-exposed", "WS202", "ws201", ""])
def test_consent_to_something_else_is_none(word: str):
    made = planned(closed("fw-drops-http/443-not-allowed", open=()), consent=Consent(confirm=frozenset({word})))
    assert made.empty


def test_an_edit_that_needs_consent_is_held_with_its_diff():
    seen = case("nginx-upgrade-headers-missing/own-location")
    diagnosis = judge(seen)
    findings = tuple(replace(finding, safety=Safety.CONFIRM) for finding in diagnosis.findings)
    asked = [(seen, replace(diagnosis, findings=findings))]
    held = plan("web1", asked)
    assert (held.empty, [type(each.change) for each in held.held]) == (True, [Edit])
    assert plan("web1", asked, EVERYTHING).diff() == planned(seen).diff() != ""


def test_a_run_that_is_narrowed_leaves_the_rest_alone():
    seen = case("nginx-upgrade-headers-missing/own-location")
    assert planned(seen, consent=Consent(faults=frozenset({"nginx-down"}))).empty
    assert not planned(seen, consent=Consent(faults=frozenset({"nginx-upgrade-headers-missing"}))).empty


def test_a_broken_configuration_forbids_every_change():
    made = planned(case("nginx-config-broken/old-configuration-runs"), consent=EVERYTHING)
    assert (made.empty, made.reload_proxy) == (True, False)
    assert made.inhibited.startswith("nginx already refuses its configuration")


def test_a_broken_configuration_that_the_plan_itself_mends_forbids_nothing():
    made = planned(case("nginx-map-undefined/old-configuration-runs"))
    assert (made.inhibited, made.empty) == ("", False)


def test_a_broken_configuration_of_one_site_forbids_changes_for_the_other():
    sick = case("nginx-upgrade-headers-missing/own-location")
    assert planned(sick, case("nginx-config-broken/old-configuration-runs")).inhibited != ""


def test_an_open_transaction_forbids_every_change():
    seen = case("nginx-upgrade-headers-missing/own-location")
    assert seen.inside is not None
    opened = OpenTransaction("20260101-1", "ops@elsewhere", 1.0, "open")
    made = planned(replace(seen, inside=replace(seen.inside, transaction=opened)))
    assert made.empty
    assert made.inhibited == "transaction 20260101-1 of ops@elsewhere is open; wait, or run deploys/rollback.py"


def test_two_sites_of_one_file_share_one_edit_and_one_reload():
    seen = case("nginx-upgrade-headers-missing/own-location")
    other = seen.site.model_copy(update={"name": "other"})
    made = planned(seen, replace(seen, site=other))
    assert [type(change) for change in made.changes] == [Edit]
    assert made.diff() == planned(seen).diff()
    assert made.reload_proxy


def test_two_sites_of_one_backend_share_one_restart():
    seen = case("env-not-loaded/process-is-older")
    made = planned(seen, replace(seen, site=seen.site.model_copy(update={"name": "other"})))
    assert titles(made) == titles(planned(seen))
    assert len(titles(made)) == 1


def test_a_wish_to_reload_alone_is_a_reload_and_no_change():
    made = planned(case("nginx-edited-not-reloaded/file-is-younger"))
    assert ([type(change) for change in made.changes], made.reload_proxy, made.empty) == ([], True, False)
    assert not any(isinstance(change, Reload) for change in made.changes)


def test_a_proxy_that_is_started_is_not_reloaded():
    made = planned(case("nginx-down/stopped"))
    assert (titles(made), made.reload_proxy) == (["start nginx.service"], False)


def test_a_reload_says_what_else_it_makes_live():
    seen = case("nginx-upgrade-headers-missing/own-location")
    assert seen.inside is not None
    files = dict(seen.inside.files or {})
    other = "/etc/nginx/conf.d/map.conf"
    files[other] = replace(files[other], modified=2000.0)
    made = planned(replace(seen, inside=replace(seen.inside, files=files)))
    assert (made.reload_proxy, made.also_activates) == (True, (other,))


def test_a_reload_says_whom_it_keeps():
    made = planned(case("nginx-upgrade-headers-missing/own-location"))
    assert made.reload_cost == "keeps the 3 open connections on the old workers"


@pytest.mark.parametrize(
    "name", ["backend-crash-loop/dies-at-start", "backend-wrong-entrypoint/no-such-module", "tls-cert-expired/no-other"]
)
def test_what_only_its_owners_can_mend_is_advice(name: str):
    made = planned(case(name), consent=EVERYTHING)
    assert made.empty
    assert name.partition("/")[0] in {finding.name for finding in made.advice}
    assert all(finding.advice for finding in made.advice if finding.safety is Safety.ADVICE)


def test_actions_run_in_the_order_of_their_ranks():
    made = planned(case("env-not-loaded/unit-does-not-read-it"))
    assert titles(made) == ["make systemd read its units again", "restart chat.service"]
    assert [action.rank for action in made.actions] == sorted(action.rank for action in made.actions)


def test_a_secret_s_value_stands_in_no_diff_and_no_repr():
    made = planned(case("env-value-wrong/secret-differs"))
    values = [value for change in made.changes for _, value in getattr(change, "values", ())]
    assert values
    shown = made.diff() + repr(made) + "".join(map(repr, made.changes))
    assert [value for value in values if value in shown] == []


def test_without_the_files_nothing_is_edited_and_nothing_breaks():
    seen = case("nginx-upgrade-headers-missing/own-location")
    assert seen.inside is not None
    assert planned(replace(seen, inside=replace(seen.inside, files=None))).empty


def test_a_site_that_was_seen_only_from_outside_has_no_plan():
    seen = case("nginx-upgrade-headers-missing/own-location")
    assert planned(replace(seen, inside=None)).empty
