"""The shape of the files: short, named by what they are, explained, finished, and free of the machine they came from."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import ROOT, Module, functions, modules

MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 40
VAGUE = frozenset({"util", "utils", "helper", "helpers", "common", "misc", "shared", "tools"})
LONGER: dict[str, str] = {}
"""Module that is longer than others → why it cannot be cut."""
SHOWS = frozenset({"wsfix/cli.py"})
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
FOREIGN = re.compile(
    r"(?://|@)(?:[a-z0-9-]+\.)+(?:internal|intranet|corp|lan|local)\b"
    r"|\b(?:artifactory|nexus|harbor|jfrog)[.:/-]"
    r"|\b(?:pypi\.org|pythonhosted\.org|npmjs\.org|docker\.io|ghcr\.io|quay\.io|gcr\.io|pkg\.dev)\b"
    r"|--(?:extra-)?index-url",
    re.IGNORECASE,
)
OF_A_MACHINE = re.compile(
    r"(?<![\w.~])/(?:home|Users)/(?!ops\b|deploy\b|chat\b)[a-z0-9_.-]+/|/tmp/(?:tmp|pytest-)[a-z0-9]"
)

EVERYTHING = modules()
TESTS = modules(ROOT / "tests")


def tracked() -> tuple[Path, ...]:
    """Return the files that git tracks."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"],
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no checkout of git")
    return tuple(path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file())


def long_functions(module: Module) -> Iterator[str]:
    for function in functions(module):
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > MOST_LINES_OF_A_FUNCTION:
            yield f"{module.place}:{function.lineno}: {function.name} has {length} lines"


def unexplained(module: Module) -> Iterator[str]:
    """Yield every public thing without a docstring: what stands at the top of a module or of a public class."""
    if ast.get_docstring(module.tree) is None:
        yield f"{module.place}:1: the module"
    yield from _unexplained(module, module.tree.body)


def _unexplained(module: Module, body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node) is None:
            yield f"{module.place}:{node.lineno}: {node.name}"
        if isinstance(node, ast.ClassDef):
            yield from _unexplained(module, node.body)


def printing(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield f"{module.place}:{node.lineno}"


def matches(pattern: re.Pattern[str]) -> list[str]:
    """Return file, line and text of everything in tracked files that a pattern finds."""
    found = []
    for path in tracked():
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), start=1):
            hit = pattern.search(line)
            if hit and path != Path(__file__):
                found.append(f"{path.relative_to(ROOT)}:{number}: {hit[0]}")
    return found


def test_no_module_is_too_long():
    lengths = {module.place: len(module.source.splitlines()) for module in EVERYTHING}
    assert {place: n for place, n in lengths.items() if n > MOST_LINES and place not in LONGER} == {}


def test_no_test_module_is_too_long():
    lengths = {module.place: len(module.source.splitlines()) for module in TESTS}
    limit = MOST_LINES + MOST_LINES // 2
    assert {place: n for place, n in lengths.items() if n > limit} == {}


def test_a_module_that_may_be_longer_still_is():
    lengths = {module.place: len(module.source.splitlines()) for module in EVERYTHING}
    assert [place for place in LONGER if lengths.get(place, 0) <= MOST_LINES] == []


def test_no_function_is_too_long():
    assert [long for module in EVERYTHING for long in long_functions(module)] == []


def test_no_file_has_a_vague_name():
    named = [path.relative_to(ROOT) for path in tracked()]
    assert [str(path) for path in named if VAGUE & {part.partition(".")[0].lower() for part in path.parts}] == []


def test_everything_public_is_explained():
    assert [name for module in EVERYTHING for name in unexplained(module)] == []


def test_only_the_command_line_prints():
    assert [place for module in EVERYTHING if module.place not in SHOWS for place in printing(module)] == []


def test_nothing_is_left_unfinished():
    assert matches(UNFINISHED) == []


def test_no_file_names_a_registry_or_a_private_network():
    assert matches(FOREIGN) == []


def test_no_file_names_a_path_of_somebody_s_machine():
    assert matches(OF_A_MACHINE) == []


def test_no_file_names_the_folder_or_the_index_of_this_build():
    said = [str(ROOT) if len(ROOT.parts) > len(("/", "src")) else "", os.environ.get("PIP_FIND_LINKS", ""), _index()]
    names = "|".join(re.escape(each) for each in said if each)
    assert not names or matches(re.compile(rf"(?:{names})(?![\w-])")) == []


def _index() -> str:
    url = os.environ.get("PIP_INDEX_URL", "")
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]


def test_the_package_ships_what_it_reads():
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = wheel["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert [folder for folder in shipped if not (ROOT / folder).is_dir()] == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (UNFINISHED, "# TO" + "DO: later"),
        (FOREIGN, "pip install --index-" + "url https://x"),
        (FOREIGN, "https://mirror.example.cor" + "p/simple"),
        (FOREIGN, "docker.i" + "o/library/debian"),
        (OF_A_MACHINE, "/hom" + "e/alice/src/wsfix"),
        (OF_A_MACHINE, "/tm" + "p/tmpabc123/x"),
    ],
)
def test_what_must_not_stand_is_seen(pattern: re.Pattern[str], text: str):
    assert pattern.search(text) is not None


@pytest.mark.parametrize("text", ["/home/ops/.ssh", "localhost", "systemd-localed", "$HOME/x", "/var/tmp/x", "autodoc"])
def test_what_may_stand_is_let_through(text: str):
    assert not any(pattern.search(text) for pattern in (UNFINISHED, FOREIGN, OF_A_MACHINE))


def test_a_long_function_and_a_missing_docstring_are_seen():
    body = "\n".join(["def f():", *["    x = 1"] * MOST_LINES_OF_A_FUNCTION])
    module = Module(ROOT / "wsfix" / "bad.py", f"{body}\nprint(f())\nclass C:\n    def m(self): ...\n")
    assert list(long_functions(module)) == [f"wsfix/bad.py:1: f has {MOST_LINES_OF_A_FUNCTION + 1} lines"]
    assert [name.rpartition(" ")[2] for name in unexplained(module)] == ["module", "f", "C", "m"]
    assert len(list(printing(module))) == 1
