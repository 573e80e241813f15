"""How Caddy's program is asked, by a program that stands in its place; the real one answers in the lab."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.facts.shells import HostShell, write
from wsfix.facts import caddy
from wsfix.model.inside import ProxyState

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: Caddy is tested as its own user")
MAIN = "/etc/caddy/Caddyfile"
PROGRAM = """\
case "$1" in
version) echo 'v2.8.4 h1:abc=' ;;
validate) echo '{"level":"info","msg":"using"}' >&2; echo "Error: $*" >&2; exit {status} ;;
esac
"""
AS = 'shift 3; exec "$@"'
"""runuser -u USER -- COMMAND, without the change of the user."""


def asked(shell: HostShell, place: Path, status: int = 0, main: str = MAIN) -> ProxyState:
    stub = shell.with_programs(place / "programs", {"caddy": PROGRAM.replace("{status}", str(status)), "runuser": AS})
    seen = caddy.read_program(stub.lines(caddy.fragment(main)), {}, main)
    assert seen is not None
    return seen


def test_without_root_the_test_is_not_made(shell: HostShell, place: Path):
    seen = asked(shell.unprivileged(), place, status=1)
    assert (seen.kind, seen.version, seen.test_passed, seen.test_output) == ("caddy", "2.8.4", None, "")


@needs_root
@pytest.mark.parametrize(("status", "passed"), [(0, True), (1, False), (126, None)])
def test_what_the_test_says_is_kept_without_its_log(shell: HostShell, place: Path, status: int, passed: bool | None):
    write(place / "Caddyfile", "")
    seen = asked(shell, place, status, f"{place}/a b'$(id)")
    assert seen.test_passed is passed
    assert "using" not in seen.test_output
    assert f"--config {place}/a b'$(id)" in seen.test_output


def test_a_host_without_caddy_has_none(shell: HostShell, place: Path):
    script = caddy.fragment(MAIN).replace("/usr/bin/caddy", "/no/caddy")
    lines = HostShell(shell.words, str(place / "nothing")).lines(script)
    assert caddy.read_program(lines, {}, MAIN) is None


def test_when_it_last_loaded_is_the_age_of_what_it_saved():
    lines = ["caddy /usr/bin/caddy", "version 2.6.2", "process 12", "loaded 1795278051.413375607", "test 0"]
    seen = caddy.read_program(lines, {}, MAIN)
    assert seen is not None
    assert (seen.version, seen.newest_worker, seen.test_passed) == ("2.6.2", 1795278051.413375607, True)
