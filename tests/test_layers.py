"""Imports go one way, and what is called pure touches nothing but its arguments."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

import pytest

from tests.sources import PACKAGE, ROOT, Module, imports, modules

BASE = frozenset({"errors", "model", "redact"})
DRIVERS = BASE | {"templates"}
FAULTS = DRIVERS | {"drivers", "triage"}
JUDGE = FAULTS | {"faults"}
PLAN = JUDGE | {"judge"}
LOOK = BASE | {"facts"}
OBSERVE = JUDGE | {"facts", "probes", "shell"}
ENGINE = OBSERVE | {"judge", "plan", "observe", "lasting", "operations", "spec", "ssh"}

MAY_IMPORT: dict[str, frozenset[str]] = {
    "": frozenset(),
    "errors": frozenset(),
    "redact": frozenset(),
    "model": frozenset({"errors"}),
    "spec": BASE,
    "shell": frozenset(),
    "local": frozenset({"errors", "shell"}),
    "ssh": frozenset({"errors", "shell", "local"}),
    "report": frozenset({"model", "redact"}),
    "facts": BASE,
    "probes": BASE | {""},
    "templates": frozenset(),
    "drivers": DRIVERS,
    "faults": FAULTS,
    "judge": JUDGE,
    "plan": PLAN,
    "consent": PLAN | {"plan"},
    "observe": OBSERVE,
    "lasting": OBSERVE | {"observe"},
    "triage": BASE,
    "operations": BASE | {"shell", "drivers"},
    "engine": ENGINE,
    "provision": FAULTS | {"faults", "facts"},
    "provision.settle": ENGINE | {"engine", "provision"},
    "operations.early": ENGINE | {"engine"},
    "operations.websocket": ENGINE | {"engine", "consent", "report"},
    "operations.provision": ENGINE
    | {"engine", "consent", "report", "operations.websocket", "provision", "provision.settle"},
    "fleet": ENGINE | {"engine", "consent"},
    "commands": ENGINE | {"", "engine", "consent", "report", "fleet"},
    "cli": ENGINE | {"", "commands", "report"},
}
"""Part of the product → the parts that it may import besides itself. The empty name is the package with its version."""

PURE = ("model", "drivers", "faults", "judge", "triage", "plan", "report", "redact", "errors")
TOUCHING = frozenset(
    [
        "asyncio",
        "fileinput",
        "ftplib",
        "gevent",
        "getpass",
        "glob",
        "http",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "paramiko",
        "pathlib",
        "platform",
        "pyinfra",
        "pyinfra_cli",
        "random",
        "requests",
        "secrets",
        "select",
        "selectors",
        "shutil",
        "signal",
        "smtplib",
        "socket",
        "socketserver",
        "ssl",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib.request",
        "uuid",
        "websockets",
    ]
)
"""Modules by which a program reaches the world outside of its arguments."""
CALLS = frozenset({"open", "print", "input", "exec", "eval", "__import__"})
METHODS = frozenset({"now", "utcnow", "today", "read_text", "read_bytes", "write_text", "write_bytes"})
ALLOWED_TOUCH = {("wsfix/report/colour.py", "os"): "whether to paint is said by NO_COLOR and its kin"}

EVERYTHING = modules()


def part_of(name: str) -> str:
    """Return the part of the product that a dotted name belongs to, the most exact one that the table knows."""
    words = name.split(".")[1:]
    for length in range(len(words), 0, -1):
        found = ".".join(words[:length])
        if found in MAY_IMPORT:
            return found
    return ""


def wrong_imports(module: Module) -> Iterator[str]:
    own = part_of(module.name)
    for line, name in imports(module):
        if name.partition(".")[0] != "wsfix":
            continue
        asked = part_of(name)
        if asked != own and asked not in MAY_IMPORT[own]:
            yield f"{module.place}:{line}: {own or 'wsfix'} imports {name}"


def touches(module: Module) -> Iterator[str]:
    """Yield each place where a module reaches for the world."""
    for line, name in imports(module):
        found = next((each for each in TOUCHING if f"{name}.".startswith(f"{each}.")), None)
        if found is not None and (module.place, found) not in ALLOWED_TOUCH:
            yield f"{module.place}:{line}: imports {name}"
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in CALLS:
            yield f"{module.place}:{node.lineno}: calls {node.func.id}()"
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            yield f"{module.place}:{node.lineno}: calls .{node.func.attr}()"


def written(source: str, place: str) -> Module:
    return Module(ROOT / place, source)


def test_imports_go_one_way():
    assert [wrong for module in EVERYTHING for wrong in wrong_imports(module)] == []


def test_every_module_belongs_to_a_part_that_the_table_knows():
    unknown = [module.place for module in EVERYTHING if part_of(module.name) == "" and module.name != "wsfix"]
    assert unknown == []


def test_the_table_knows_no_part_that_is_gone():
    parts = {part_of(module.name) for module in EVERYTHING}
    assert [part for part in MAY_IMPORT if part not in parts] == []


def test_the_table_itself_has_no_way_back():
    circles = [
        (one, other)
        for one, asked in MAY_IMPORT.items()
        for other in asked
        if one in MAY_IMPORT.get(other, frozenset())
    ]
    assert circles == []


def test_what_is_pure_touches_nothing():
    pure = [module for module in EVERYTHING if part_of(module.name) in PURE]
    assert [place for module in pure for place in touches(module)] == []


def test_deploys_call_operations_and_nothing_beneath_them():
    called = ("wsfix.operations.websocket.", "wsfix.operations.provision.")
    wrong = [
        f"{module.place}:{line}: imports {name}"
        for module in modules(ROOT / "deploys")
        for line, name in imports(module)
        if name.startswith("wsfix.") and not name.startswith(called)
    ]
    assert wrong == []


def test_a_part_imports_only_what_the_package_depends_on():
    known = {
        "cryptography",
        "gevent",
        "jinja2",
        "paramiko",
        "pydantic",
        "pydantic_core",
        "pyinfra",
        "pyinfra_cli",
        "rich",
        "typer",
    }
    known |= {"wsfix", *sys.stdlib_module_names}
    foreign = [
        f"{module.place}:{line}: imports {name}"
        for module in EVERYTHING
        for line, name in imports(module)
        if name.partition(".")[0] not in known
    ]
    assert foreign == []


@pytest.mark.parametrize(
    ("place", "source"),
    [
        pytest.param("wsfix/faults/bad.py", "from wsfix.plan import plan", id="a fault that plans"),
        pytest.param("wsfix/model/bad.py", "import wsfix.spec", id="a model that reads specifications"),
        pytest.param("wsfix/probes/bad.py", "from wsfix.facts import look", id="a probe that looks inside"),
        pytest.param("wsfix/report/bad.py", "from ..ssh import Shell", id="a relative import"),
        pytest.param("wsfix/drivers/bad.py", "def f():\n    from wsfix.faults import seen", id="inside of a function"),
        pytest.param("wsfix/operations/bad.py", "from wsfix import engine", id="a transaction that knows the engine"),
    ],
)
def test_a_way_back_is_seen(place: str, source: str):
    assert list(wrong_imports(written(source, place))) != []


@pytest.mark.parametrize(
    "source",
    [
        "import os.path",
        "from pathlib import Path",
        "import urllib.request",
        "from time import monotonic",
        "open('/etc/hosts')",
        "datetime.now()",
        "Path('x').read_text()",
        "def f():\n    import socket",
        "from pyinfra.api import State",
    ],
)
def test_a_touch_is_seen(source: str):
    assert list(touches(written(source, "wsfix/judge.py"))) != []


def test_what_is_allowed_is_still_used():
    for place, name in ALLOWED_TOUCH:
        module = written((ROOT / place).read_text(encoding="utf-8"), place)
        assert name in {asked.partition(".")[0] for _, asked in imports(module)}


def test_the_package_is_where_it_is_looked_for():
    assert PACKAGE / "model" / "site.py" in {module.path for module in EVERYTHING}
