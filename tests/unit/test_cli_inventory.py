"""Inventories that cannot be used: one sentence, 78, and no connection; and hosts that cannot be reached: 1."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.probes.servers import closed_port
from tests.sources import ROOT

ERROR, CONFIG = 1, 78
SITE = '{"name": "chat", "url": "wss://chat.example.com/ws"}'


def check(*words: str, folder: Path = ROOT, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run in a process of its own: pyinfra patches sockets and threads of the one it is imported in."""
    env = {key: value for key, value in os.environ.items() if key not in {"WSFIX_CONFIRM", "NO_COLOR"}}
    return subprocess.run(
        [sys.executable, "-c", "from wsfix.cli import main; main()", "check", *words],
        capture_output=True, text=True, check=False, cwd=folder, env={**env, "PYTHONPATH": str(ROOT), **environ}, timeout=120,
    )  # fmt: skip


def inventory(folder: Path, text: str, name: str = "inventory.py") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "no host", id="empty"),
        pytest.param("web = []\n", "no host", id="no host"),
        pytest.param("web = [\n", "SyntaxError", id="a syntax error"),
        pytest.param("raise RuntimeError('the vault is closed')\n", "RuntimeError: the vault is closed", id="its code raises"),
        pytest.param("import no_such_module\n", "no_such_module", id="it imports what is not there"),
        pytest.param("1 / 0\n", "ZeroDivisionError", id="it divides by zero"),
        pytest.param("raise SystemExit('bye')\n", "bye", id="it leaves"),
        pytest.param("web = 5\n", "", id="a group that is no list"),
        pytest.param("web = [5]\n", "", id="a host that is no name"),
        pytest.param("web = [('a', 5)]\n", "", id="data that is no mapping"),
        pytest.param(f"web = [('a', {{'sites': [{SITE}, 5]}})]\n", "a: sites[1]: must be a mapping", id="a wrong site"),
        pytest.param("web = [('a', {'sites': 'chat'}), ('b', {'sites': [{}]})]\n", "b: sites[0].url: is required", id="two hosts that are wrong"),
        pytest.param("\x00", "", id="a zero byte"),
    ],
)  # fmt: skip
def test_an_inventory_that_cannot_be_used_is_told_and_78(tmp_path: Path, text: str, says: str):
    done = check("-i", inventory(tmp_path, text))
    assert (done.returncode, done.stdout) == (CONFIG, "")
    assert [line for line in done.stderr.splitlines() if not line.startswith("wsfix: ")] == []
    assert says in done.stderr


def test_an_inventory_that_is_not_there_is_told_and_78(tmp_path: Path):
    done = check("-i", str(tmp_path / "none.py"))
    assert (done.returncode, done.stdout) == (CONFIG, "")
    assert done.stderr.startswith(f"wsfix: {tmp_path / 'none.py'}: ")
    assert "Traceback" not in done.stderr


def test_every_wrong_host_is_told_at_once(tmp_path: Path):
    done = check("-i", inventory(tmp_path, "web = [('a', {'sites': 'x'}), ('b', {'sites': 'x'})]\n"))
    assert done.stderr.splitlines() == [f"wsfix: {host}: sites must be a list of sites, not str" for host in "ab"]


def test_a_limit_that_matches_nothing_is_told(tmp_path: Path):
    done = check("-i", inventory(tmp_path, f"web = [('a', {{'sites': [{SITE}]}})]\n"), "--limit", "b")
    assert (done.returncode, "no host matches b" in done.stderr) == (CONFIG, True)


def test_consent_to_a_fault_that_is_none_is_told(tmp_path: Path):
    done = check("-i", inventory(tmp_path, f"web = [('a', {{'sites': [{SITE}]}})]\n"), WSFIX_CONFIRM="typo")
    assert (done.returncode, done.stderr) == (
        CONFIG,
        "wsfix: WSFIX_CONFIRM: there is no fault 'typo'; `wsfix faults` lists them\n",
    )


@pytest.mark.parametrize("words", [(), ("--format", "json"), ("--fix",)])
def test_a_host_that_cannot_be_reached_is_told_and_1(tmp_path: Path, words: tuple[str, ...]):
    data = f"{{'ssh_port': {closed_port()}, 'ssh_user': 'x', 'sites': [{SITE}]}}"
    done = check("-i", inventory(tmp_path, f"web = [('127.0.0.1', {data})]\n"), *words)
    assert done.returncode == ERROR
    assert "127.0.0.1: " in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_host_whose_key_is_missing_is_told_and_the_other_is_still_asked(tmp_path: Path):
    site = SITE.replace("wss://chat.example.com", f"ws://127.0.0.1:{closed_port()}")
    hosts = f"web = [('127.0.0.1', {{'ssh_key': '/no/key', 'sites': [{SITE}]}}), ('@local', {{'sites': [{site}]}})]\n"
    done = check("-i", inventory(tmp_path, hosts))
    assert done.stderr.splitlines() == ["wsfix: 127.0.0.1: No such private key file: /no/key"]
    assert "/ws on @local" in done.stdout
    assert done.returncode == ERROR


@pytest.mark.parametrize(
    ("form", "status", "begins"),
    [
        ("nagios", 2, "WSFIX CRITICAL - chat: "),
        ("junit", 1, '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites '),
        ("github", 1, "::error title=wsfix (unexplained),file=inventory.py,line=3::chat: "),
        ("html", 1, "<!doctype html>\n"),
    ],
)
def test_one_host_that_is_seen_and_one_that_is_not_are_told_in_every_format(
    tmp_path: Path, form: str, status: int, begins: str
):
    site = SITE.replace("wss://chat.example.com", f"ws://127.0.0.1:{closed_port()}")
    text = f"web = [\n    ('127.0.0.1', {{'ssh_key': '/no/key', 'sites': []}}),\n    ('@local', {{'sites': [{site}]}}),\n]\n"
    path = inventory(tmp_path, text)
    done = check("-i", path, "--format", form, "--bundle", str(tmp_path / "bundle.md"), folder=tmp_path)
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stdout.startswith(begins)
    assert "No such private key file: /no/key" in done.stdout + done.stderr
    bundle = (tmp_path / "bundle.md").read_text(encoding="utf-8")
    assert [part for part in ("not checked: 127.0.0.1", "## host @local", "### listeners") if part not in bundle] == []


def test_a_host_without_sites_is_told_and_1(tmp_path: Path):
    done = check("-i", inventory(tmp_path, "web = ['@local']\n"))
    assert (done.returncode, done.stdout) == (ERROR, "")
    assert "no sites; give the host a list `sites`" in done.stderr
