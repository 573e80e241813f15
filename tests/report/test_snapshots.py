"""The report as people and programs get it, word for word; WSFIX_ACCEPT=1 writes the snapshots anew."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.reports import report_of
from tests.report.scenes import SCENES, Scene
from wsfix.model.change import Action, Plan
from wsfix.report.colour import Paint
from wsfix.report.document import FORMAT_VERSION, outcome_document, plan_document, render, site_document
from wsfix.report.points import points_lines
from wsfix.report.text import WIDTH, diagnosis_lines, outcome_lines, plan_lines, summary_lines

HERE = Path(__file__).parent
CODE = re.compile(r"\x1b\[[0-9;]*m")


def text(scene: Scene, paint: Paint) -> str:
    lines: list[str] = []
    for seen, diagnosis in zip(scene.seen, scene.diagnoses, strict=True):
        lines += [*diagnosis_lines(seen, diagnosis, paint), *points_lines(diagnosis, paint), ""]
    lines += [*plan_lines(scene.plan, paint), ""]
    lines += outcome_lines(scene.outcome, paint) if scene.outcome else []
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def document(scene: Scene) -> str:
    sites = [site_document(seen, diagnosis) for seen, diagnosis in zip(scene.seen, scene.diagnoses, strict=True)]
    ends = [outcome_document(scene.outcome)] if scene.outcome else []
    return render(sites, plans=[plan_document(scene.plan)], outcomes=ends) + "\n"


def compared(name: str, told: str) -> None:
    golden = HERE / name
    if os.environ.get("WSFIX_ACCEPT"):
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SCENES)
def test_the_text_is_the_golden_one(name: str):
    compared(f"{name}.txt", text(SCENES[name](), Paint()))


@pytest.mark.parametrize("name", SCENES)
def test_the_document_is_the_golden_one(name: str):
    compared(f"{name}.json", document(SCENES[name]()))


def test_there_is_no_snapshot_of_a_scene_that_is_gone():
    kept = {path.name for pattern in ("*.txt", "*.json") for path in HERE.glob(pattern)}
    assert kept == {f"{name}.{kind}" for name in SCENES for kind in ("txt", "json")}


@pytest.mark.parametrize("name", SCENES)
def test_colour_changes_no_word(name: str):
    painted = text(SCENES[name](), Paint(on=True))
    assert "\x1b[" in painted
    plain = "\n".join(line.rstrip() for line in CODE.sub("", painted).split("\n"))
    assert plain == text(SCENES[name](), Paint())


@pytest.mark.parametrize("name", SCENES)
def test_a_report_is_text_that_any_terminal_and_any_file_takes(name: str):
    for told in (text(SCENES[name](), Paint()), document(SCENES[name]())):
        told.encode("utf-8")
        assert [sign for sign in told if not sign.isprintable() and sign not in "\n\t"] == []


@pytest.mark.parametrize("name", SCENES)
def test_no_secret_stands_in_a_report(name: str):
    assert "c4n4ry" not in text(SCENES[name](), Paint()) + document(SCENES[name]())


@pytest.mark.parametrize("name", SCENES)
def test_no_sentence_is_wider_than_a_terminal(name: str):
    scene = SCENES[name]()
    diffs = {line for change in (scene.plan.diff(),) for line in change.splitlines()}
    told = [line for line in text(scene, Paint()).splitlines() if line not in diffs]
    assert [line for line in told if len(line) > WIDTH] == []


@pytest.mark.parametrize("name", SCENES)
def test_a_document_says_its_version_and_its_sites(name: str):
    read = json.loads(document(SCENES[name]()))
    assert read["format_version"] == FORMAT_VERSION
    for site, diagnosis in zip(read["sites"], SCENES[name]().diagnoses, strict=True):
        assert (site["healthy"], site["unexplained"]) == (diagnosis.healthy, diagnosis.unexplained)
        assert site["cause"] == (diagnosis.cause.code if diagnosis.cause else None)
        assert len(site["findings"]) == len(diagnosis.findings)


@pytest.mark.parametrize("name", SCENES)
def test_a_run_over_several_sites_ends_with_their_sum(name: str):
    report = report_of(name)
    (line,) = summary_lines(report, Paint()) or [""]
    assert bool(line) is (len(report.sites) > 1)
    assert summary_lines(report_of(name, errors=("x: y",)), Paint())[0].endswith("1 not checked")


def test_the_sum_counts_what_works_and_what_fails():
    assert summary_lines(report_of("two-sites"), Paint()) == ["2 sites on 1 host: 1 work, 1 fail"]


def test_a_long_action_is_folded_and_its_cost_stands_below():
    action = Action(
        "true", "", "restart " + "a-very-long-name/" * 5 + " of PM2 with ORIGINS", "drops 2 open connections", ("WS1",)
    )
    lines = plan_lines(Plan("web1", (action, replace(action, title="save", cost="keeps"))), Paint())
    assert lines[-1] == "  ~ save  keeps"
    assert lines[-2] == "      drops 2 open connections"
    assert max(len(line) for line in lines if "a-very" not in line) <= WIDTH
