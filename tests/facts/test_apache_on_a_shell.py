"""How Apache's program is asked, by a program that stands in its place; the real one answers in the lab."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.facts.shells import HostShell, write
from wsfix.facts import apache
from wsfix.model.inside import ProxyState

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: Apache is tested with its keys")
PROGRAM = """\
case "$*" in
*-v) echo 'Server version: Apache/2.4.71 (Debian)'; echo 'Server built: once' ;;
*DUMP_MODULES) printf 'Loaded Modules:\\n core_module (static)\\n proxy_http_module (shared)\\n' ;;
*-t) echo "$*, $APACHE_RUN_DIR, $SAID" >&2; exit {status} ;;
esac
"""


def asked(shell: HostShell, place: Path, status: int = 0, tree: str = "etc/apache2") -> ProxyState:
    envvars = (
        f"export SAID='from envvars'; echo noise; export APACHE_RUN_DIR={place}/none; APACHE_PID_FILE={place}/pid\n"
    )
    write(place / tree / "envvars", envvars)
    main = write(place / tree / "apache2.conf", "# main\n")
    stub = shell.with_programs(place / "programs", {"apache2": PROGRAM.replace("{status}", str(status))})
    seen = apache.read_program(stub.lines(apache.fragment(str(main))), {}, str(main))
    assert seen is not None
    return seen


@needs_root
def test_apache_is_asked_with_its_own_variables_and_lists_its_modules(shell: HostShell, place: Path):
    seen = asked(shell, place)
    assert (seen.version, seen.test_passed, seen.modules) == ("2.4.71", True, ("core", "proxy_http"))
    assert "from envvars" in seen.test_output


@needs_root
def test_a_folder_that_its_first_start_makes_is_not_missed(shell: HostShell, place: Path):
    assert ", /run, " in asked(shell, place).test_output
    assert not (place / "none").exists()


@needs_root
def test_a_refused_configuration_lists_no_modules(shell: HostShell, place: Path):
    seen = asked(shell, place, status=1)
    assert (seen.test_passed, seen.modules) == (False, ())


def test_without_root_the_test_is_not_made(shell: HostShell, place: Path):
    seen = asked(shell.unprivileged(), place, status=1)
    assert (seen.version, seen.test_passed, seen.test_output) == ("2.4.71", None, "")


@needs_root
def test_the_name_of_the_folder_is_quoted(shell: HostShell, place: Path):
    seen = asked(shell, place, tree="a b'$(id)")
    assert f"-d {place}/a b'$(id) -f {place}/a b'$(id)/apache2.conf" in seen.test_output


def test_a_pid_file_without_its_process_is_no_load(shell: HostShell, place: Path):
    write(place / "pid", "4194305\n")
    seen = asked(shell, place)
    assert (seen.master, seen.newest_worker) == (None, None)


def test_a_host_without_apache_has_none(shell: HostShell, place: Path):
    script = apache.fragment("/etc/apache2/apache2.conf").replace("/usr/sbin/apache2", "/no/apache2")
    lines = HostShell(shell.words, str(place / "nothing")).lines(script)
    assert apache.read_program(lines, {}, "/etc/apache2/apache2.conf") is None
