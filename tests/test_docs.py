"""What the documents say is so: commands, files, names, numbers, examples; pages that are made are made anew."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest

from tests.manuals import INDEX, PARTS, file_of, pages
from tests.sources import ROOT, modules
from wsfix import cli
from wsfix.faults.catalogue import catalogue, entry_of
from wsfix.report import answers
from wsfix.spec import KEY, sites_of

DOCUMENTS = sorted({ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")})
FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
FAULTS = ROOT / "docs" / "faults"


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def named(path: Path) -> str:
    return path.name


def test_the_pages_of_the_faults_are_made_from_the_manuals():
    made = pages()
    if os.environ.get("WSFIX_ACCEPT"):
        FAULTS.mkdir(exist_ok=True)
        for path in FAULTS.iterdir():
            path.unlink()
        for name, page in made.items():
            (FAULTS / name).write_text(page, encoding="utf-8")
    assert made == {path.name: text(path) for path in FAULTS.iterdir()}, "docs/faults is stale; `make accept`"


def test_the_index_has_one_row_for_each_fault_in_the_order_of_the_codes():
    rows = re.findall(r"^\| (WS\d{3}) \| \[(\S+)\]", text(FAULTS / INDEX), re.MULTILINE)
    assert rows == [(entry.fault.code, entry.fault.name) for entry in catalogue()]
    assert rows == sorted(rows)


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.fault.name)
def test_every_page_has_its_parts_and_loses_no_word(entry):
    page = text(FAULTS / file_of(entry))
    assert [part for part in PARTS if f"**{part}:** " not in page] == []
    words = page.replace("**", "").split()
    assert [word for word in entry.manual.split() if word not in words] == []


def test_the_page_of_the_close_codes_is_made_from_its_table():
    made = answers.page("faults", {entry.fault.name: entry.fault.code for entry in catalogue()})
    path = ROOT / "docs" / "close-codes.md"
    if os.environ.get("WSFIX_ACCEPT"):
        path.write_text(made, encoding="utf-8")
    assert path.is_file(), "docs/close-codes.md is not there; `make accept`"
    assert made == text(path), "docs/close-codes.md is stale; `make accept`"
    assert [row for row in made.splitlines() if row.startswith("|") and row.count("|") != len("||||||")] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_link_leads_to_a_file(path: Path):
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)[^)]*\)", text(path))
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_link_within_a_page_leads_to_a_heading(path: Path):
    headings = re.findall(r"^#+ (.+)$", text(path), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert [link for link in re.findall(r"\]\(#([^)]+)\)", text(path)) if link not in anchors] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_fault_that_is_named_exists_under_that_code(path: Path):
    pairs = re.findall(r"\b(WS\d{3})(?: ([a-z]+(?:-[a-z0-9]+)+))?", text(path))
    wrong = [
        (code, name) for code, name in pairs if (entry := entry_of(code)) is None or (name and name != entry.fault.name)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_command_that_is_shown_exists(path: Path):
    commands = {command.name or command.callback.__name__ for command in cli.app.registered_commands}
    shown = re.findall(r"(?:`|^|\$ ?\(?|\")wsfix ([a-z]+)", text(path), re.MULTILINE)
    assert [word for word in shown if word not in commands] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_target_of_make_exists(path: Path):
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))
    shown = re.findall(r"(?:`|^ *|; )make ([a-z-]+)", text(path), re.MULTILINE)
    assert [word for word in shown if word not in targets] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_file_that_is_named_is_there(path: Path):
    roots = "deploys|inventory|templates|tests|wsfix|docs"
    shown = re.findall(rf"`((?:{roots})/[\w./-]*)`", text(path))
    assert [name for name in shown if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_variable_of_the_environment_is_read_somewhere(path: Path):
    code = "".join(module.source for folder in ("wsfix", "tests") for module in modules(ROOT / folder))
    code += text(ROOT / "Makefile")
    shown = set(re.findall(r"\b(WSFIX_[A-Z_]+|NO_COLOR|CLICOLOR_FORCE)\b", text(path)))
    assert {name for name in shown if name not in code} == set()


def test_every_variable_that_the_product_reads_is_documented():
    code = "".join(module.source for module in modules())
    assert {name for name in re.findall(r'"(WSFIX_[A-Z_]+)"', code) if name not in text(ROOT / "README.md")} == set()


def test_the_exit_statuses_are_those_of_the_command_line():
    table = re.search(r"### Exit status.*?\n\n(.*?)\n\n", text(ROOT / "README.md"), re.DOTALL)
    assert table is not None
    shown = {
        int(number) for row in re.findall(r"^\| ([\d, ]+) \|", table[1], re.MULTILINE) for number in row.split(",")
    }
    codes = (cli.OK, cli.ERROR, cli.FINDINGS, cli.UNCHECKED, cli.ROLLED_BACK, cli.BROKEN, cli.USAGE, cli.CONFIG)
    assert shown == {*codes, cli.INTERRUPTED}


def test_every_example_of_an_inventory_is_a_valid_one():
    examples = [match["text"] for match in FENCE.finditer(text(ROOT / "README.md")) if match["kind"] == "python"]
    assert examples
    for example in examples:
        group = ast.literal_eval(example.partition(" = ")[2])
        assert [len(sites_of(host, data[KEY])) for host, data in group] == [1] * len(group)


def test_a_help_that_is_shown_is_the_true_one(capsys: pytest.CaptureFixture[str]):
    blocks = [match["text"] for path in DOCUMENTS for match in FENCE.finditer(text(path))]
    for shown in (block for block in blocks if "Usage: wsfix" in block):
        command = re.search(r"Usage: wsfix (?P<name>[a-z]+)?", shown)
        cli.run([*([command["name"]] if command and command["name"] else []), "--help"])
        assert capsys.readouterr().out.strip() in shown


def test_a_table_of_faults_that_is_shown_is_whole():
    for path in DOCUMENTS:
        rows = re.findall(r"^\| (WS\d{3}) \|", text(path), re.MULTILINE)
        assert not rows or rows == [entry.fault.code for entry in catalogue()]
