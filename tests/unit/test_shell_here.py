"""Scripts on this very machine: quoting, standard input, time limits, sizes, and the line that holds a password."""

from __future__ import annotations

import os
import shutil
import socket
import time
from pathlib import Path

import pytest

from tests.probes.servers import closed_port
from wsfix.errors import LookFailed
from wsfix.local import LocalShell
from wsfix.shell import Privilege

HERE = LocalShell("@local", Privilege())
PASSWORD = "canary 7f3a9c'\"$(touch /tmp/wsfix-was-here)"
SUDO = """#!/bin/sh
# a sudo that behaves as it is told: its options are sudo's, its rights are nobody's
echo "$*" >> {log}
while [ $# -gt 0 ]; do
  case $1 in -S) asks=1 ;; -p) shift ;; -n) ;; -u) shift ;; --) shift; break ;; esac
  shift
done
{does}
exec "$@"
"""


@pytest.fixture
def sudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the words are written down that the stand-in for sudo was given."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path / "log"


def behaving(log: Path, does: str = "") -> None:
    program = log.parent / "sudo"
    program.write_text(SUDO.format(log=log, does=does), encoding="utf-8")
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("script", "status", "stdout", "stderr"),
    [
        pytest.param("echo hello", 0, "hello\n", "", id="plain"),
        pytest.param("exit 7", 7, "", "", id="a status"),
        pytest.param("echo out; echo err >&2", 0, "out\n", "err\n", id="both streams"),
        pytest.param("printf '%s' 'it'\\''s \"$x\" `id` \\n'", 0, 'it\'s "$x" `id` \\n', "", id="quotes"),
        pytest.param("cat <<'END'\n$HOME `id`\nEND", 0, "$HOME `id`\n", "", id="a here document"),
        pytest.param("printf '\\377\\000x'", 0, "\udcff\0x", "", id="bytes that are no text"),
        pytest.param(
            "printf %s 'gr\u00fc\u00dfe \udcff'", 0, "gr\u00fc\u00dfe \udcff", "", id="a script with such bytes"
        ),
        pytest.param("", 0, "", "", id="nothing"),
    ],
)
def test_a_script_runs_as_it_stands(script: str, status: int, stdout: str, stderr: str):
    ran = HERE.run(script, 20)
    assert (ran.status, ran.stdout, ran.stderr) == (status, stdout, stderr)


def test_a_syntax_error_is_the_script_s_own_end():
    ran = HERE.run("if then", 20)
    assert ran.status != 0
    assert ran.stderr != ""


def test_a_script_that_is_killed_has_the_status_of_that():
    assert HERE.run("echo before; kill -9 $$", 20).status == 128 + 9


def test_more_than_a_megabyte_comes_through_both_streams():
    ran = HERE.run("yes 0123456789abcde | head -c 1500000; yes x | head -c 1200000 >&2", 60)
    assert (len(ran.stdout), len(ran.stderr)) == (1500000, 1200000)


def test_a_script_of_more_than_a_megabyte_arrives():
    ran = HERE.run(f": <<'END'\n{'x' * 1500000}\nEND\necho whole", 60)
    assert ran.stdout == "whole\n"


def test_a_script_that_does_not_end_is_ended():
    began = time.monotonic()
    with pytest.raises(LookFailed, match="@local: no answer to a script within 1 s"):
        HERE.run("exec sleep 30", 1)
    assert time.monotonic() - began < 10


def test_the_script_stands_in_no_command_line():
    ran = HERE.run("secret=canary-7f3a9c; tr '\\0' ' ' </proc/$$/cmdline; tr '\\0' ' ' </proc/$PPID/cmdline", 20)
    assert "canary" not in ran.stdout


def test_sudo_that_asks_for_nothing_runs_no_password(sudo: Path):
    behaving(sudo)
    shell = LocalShell("@local", Privilege(sudo=True, password=PASSWORD))
    assert shell.run("echo done", 20).stdout == "done\n"
    assert not Path("/tmp/wsfix-was-here").exists()


def test_sudo_that_asks_gets_the_password_through_its_input(sudo: Path):
    behaving(sudo, f"IFS= read -r given; printf '%s' \"$given\" > {sudo.parent}/given")
    shell = LocalShell("@local", Privilege(sudo=True, password=PASSWORD))
    assert shell.run("echo done", 20).stdout == "done\n"
    assert (sudo.parent / "given").read_text() == PASSWORD
    assert PASSWORD not in sudo.read_text()


def test_a_wrong_password_is_tried_once(sudo: Path):
    tries = 'n=0; while [ $n -lt 3 ]; do IFS= read -r given || exit 1; echo "$given" >> {0}; echo "Sorry, try again." >&2; n=$((n+1)); done; exit 1'
    behaving(sudo, tries.format(sudo.parent / "given"))
    with pytest.raises(LookFailed, match="@local: sudo refused the password of the inventory; it was tried once"):
        LocalShell("@local", Privilege(sudo=True, password=PASSWORD)).run("echo done", 20)
    assert (sudo.parent / "given").read_text() == f"{PASSWORD}\n"


def test_a_sudo_that_keeps_silent_is_told_in_time(sudo: Path):
    behaving(sudo, "sleep 30")
    began = time.monotonic()
    with pytest.raises(LookFailed, match="@local: no answer to a script within 1 s"):
        LocalShell("@local", Privilege(sudo=True, password=PASSWORD)).run("echo done", 1)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("privilege", "words"),
    [
        pytest.param(Privilege(sudo=True), "-n -- sh", id="without a password it never asks"),
        pytest.param(Privilege(sudo=True, user="chat"), "-n -u chat -- sh", id="as somebody else"),
        pytest.param(Privilege(sudo=True, password="x"), "-S -p  -- sh", id="with a password and no prompt"),
    ],
)
def test_sudo_is_called_with_its_options(sudo: Path, privilege: Privilege, words: str):
    behaving(sudo, '[ -z "$asks" ] || read -r given')
    LocalShell("@local", privilege).run("true", 20)
    assert sudo.read_text().startswith(words)


@pytest.mark.parametrize(
    ("says", "told"),
    [
        pytest.param("sudo: a password is required", "set `_sudo_password`", id="it wants a password"),
        pytest.param("sudo: interactive authentication is required", "set `_sudo_password`", id="in other words"),
        pytest.param("ops is not in the sudoers file.", "this user may not use sudo: ops is not in the sudoers file.", id="not allowed"),
        pytest.param("", "no shell was had: the command ended at once", id="no word"),
        pytest.param("sh: cannot fork", "no shell was had: sh: cannot fork", id="another word"),
    ],
)  # fmt: skip
def test_why_there_is_no_shell_is_said(sudo: Path, says: str, told: str):
    behaving(sudo, f"echo '{says}' >&2; exit 1")
    with pytest.raises(LookFailed) as caught:
        LocalShell("@local", Privilege(sudo=True)).run("echo done", 20)
    assert str(caught.value).startswith("@local: ")
    assert told in str(caught.value)


@pytest.mark.skipif(shutil.which("sudo") is None or os.geteuid() != 0, reason="needs sudo, and root, who may use it")
def test_the_real_sudo_gives_a_shell():
    assert LocalShell("@local", Privilege(sudo=True)).run("id -u", 20).stdout == "0\n"


def test_this_machine_dials_by_itself():
    server = socket.create_server(("127.0.0.1", 0))
    with server, HERE.dial("127.0.0.1", server.getsockname()[1], 5) as ours:
        theirs, _ = server.accept()
        theirs.sendall(b"hello")
        assert ours.recv(5) == b"hello"
        theirs.close()
    with pytest.raises(ConnectionRefusedError):
        HERE.dial("127.0.0.1", closed_port(), 5)


def test_this_machine_dials_a_unix_socket(tmp_path: Path):
    path = tmp_path / "chat.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        with HERE.dial(str(path), 0, 5) as ours:
            theirs, _ = server.accept()
            theirs.sendall(b"hello")
            assert ours.recv(5) == b"hello"
            theirs.close()
    with pytest.raises(ConnectionRefusedError):
        HERE.dial(str(path), 0, 5)


def test_a_password_shows_in_no_repr():
    assert "canary" not in repr(LocalShell("@local", Privilege(sudo=True, password=PASSWORD)))
