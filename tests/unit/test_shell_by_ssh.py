"""Scripts and connections over a real SSH connection: whole, cut, refused, and where sshd forwards nothing."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.probes.servers import closed_port
from tests.unit.sshd import Host, connected
from tests.unit.test_shell_here import PASSWORD, SUDO
from wsfix.errors import LookFailed
from wsfix.shell import Privilege
from wsfix.ssh import SshShell

Start = Callable[..., tuple[SshShell, Host]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a host: `start(sudo="read -r given", privilege=…, forwards="prohibited", cut_after=100)`."""
    with ExitStack() as stack:

        def started(
            privilege: Privilege | None = None, sudo: str | None = None, path: str = os.environ["PATH"], **more: Any
        ) -> tuple[SshShell, Host]:
            if sudo is not None:
                (tmp_path / "sudo").write_text(SUDO.format(log=tmp_path / "log", does=sudo), encoding="utf-8")
                (tmp_path / "sudo").chmod(0o755)
            host = Host({"PATH": f"{tmp_path}:{path}", "HOME": str(tmp_path)}, **more)
            return SshShell("web1", stack.enter_context(connected(host)), privilege or Privilege()), host

        yield started


@pytest.mark.parametrize(
    ("script", "status", "stdout", "stderr"),
    [
        pytest.param("echo hello", 0, "hello\n", "", id="plain"),
        pytest.param("exit 7", 7, "", "", id="a status"),
        pytest.param("echo out; echo err >&2; exit 3", 3, "out\n", "err\n", id="both streams"),
        pytest.param("printf '%s' 'it'\\''s \"$x\" `id` \\n'", 0, "it's \"$x\" `id` \\n", "", id="quotes"),
        pytest.param("printf '\\377\\000x'", 0, "\udcff\0x", "", id="bytes that are no text"),
        pytest.param("printf %s 'gr\u00fc\u00dfe \udcff'", 0, "gr\u00fc\u00dfe \udcff", "", id="a script with such bytes"),
        pytest.param("", 0, "", "", id="nothing"),
    ],
)  # fmt: skip
def test_a_script_runs_as_it_stands(start: Start, script: str, status: int, stdout: str, stderr: str):
    shell, _ = start()
    ran = shell.run(script, 20)
    assert (ran.status, ran.stdout, ran.stderr) == (status, stdout, stderr)


def test_more_than_a_megabyte_comes_through_both_streams(start: Start):
    shell, _ = start()
    ran = shell.run("(yes 0123456789abcde | head -c 3000000 >&2) & yes x | head -c 2500000; wait", 60)
    assert (len(ran.stdout), len(ran.stderr)) == (2500000, 3000000)


def test_a_script_of_more_than_a_megabyte_arrives(start: Start):
    shell, _ = start()
    assert shell.run(f": <<'END'\n{'x' * 1500000}\nEND\necho whole", 60).stdout == "whole\n"


def test_several_scripts_run_at_once_over_one_connection(start: Start):
    shell, host = start()
    told: dict[int, str] = {}

    def run(number: int) -> None:
        told[number] = shell.run(f"sleep 0.1; echo {number}", 20).stdout

    threads = [threading.Thread(target=run, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert told == {number: f"{number}\n" for number in range(5)}
    assert len(host.commands) == 5


def test_neither_script_nor_password_stands_in_the_command(start: Start):
    shell, host = start(Privilege(sudo=True, password=PASSWORD), sudo="read -r given")
    shell.run("echo canary-of-the-script", 20)
    assert len(host.commands) == 1
    assert "canary" not in host.commands[0]


def test_a_script_that_does_not_end_is_told_in_time(start: Start):
    shell, _ = start()
    began = time.monotonic()
    with pytest.raises(LookFailed, match="web1: no answer to a script within 1 s"):
        shell.run("exec sleep 30", 1)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("after", [0, 10, 5000, 300000])
def test_a_connection_that_is_cut_is_no_answer(start: Start, after: int):
    shell, _ = start(cut_after=after)
    with pytest.raises(LookFailed, match="web1: "):
        shell.run("yes 0123456789abcde | head -c 1000000", 20)


def test_a_connection_that_is_gone_is_told_at_once(start: Start):
    shell, _ = start()
    shell.transport.close()
    with pytest.raises(LookFailed, match="web1: the SSH connection broke"):
        shell.run("echo hello", 20)
    with pytest.raises(OSError, match="reset"):
        shell.dial("127.0.0.1", closed_port(), 5)


def test_output_without_end_is_refused(start: Start):
    shell, _ = start()
    with pytest.raises(LookFailed, match="more than 32 MiB"):
        shell.run("yes 0123456789abcdef0123456789abcdef0123456789abcdef", 60)


def test_sudo_that_asks_for_nothing_runs_no_password(start: Start):
    shell, _ = start(Privilege(sudo=True, password="echo canary; exit 9"), sudo="")
    ran = shell.run("echo done", 20)
    assert (ran.status, ran.stdout, ran.stderr) == (0, "done\n", "")


def test_sudo_that_asks_gets_the_password_once(start: Start, tmp_path: Path):
    shell, _ = start(
        Privilege(sudo=True, password=PASSWORD), sudo=f"IFS= read -r given; printf '%s' \"$given\" >> {tmp_path}/given"
    )
    assert shell.run("echo done", 20).stdout == "done\n"
    assert (tmp_path / "given").read_text() == PASSWORD


REFUSING = "while IFS= read -r given; do echo x >> {log}; echo 'Sorry, try again.' >&2; done; exit 1"


def test_a_wrong_password_is_tried_once(start: Start, tmp_path: Path):
    log = tmp_path / "tries"
    shell, _ = start(Privilege(sudo=True, password="wrong"), sudo=REFUSING.format(log=log))
    with pytest.raises(LookFailed, match="sudo refused the password of the inventory; it was tried once"):
        shell.run("echo done", 20)
    assert log.read_text() == "x\n"


@pytest.mark.parametrize(
    ("password", "does", "told"),
    [
        pytest.param(None, "echo 'sudo: a password is required' >&2; exit 1", "set `_sudo_password`", id="none where it asks"),
        pytest.param(None, "echo 'ops is not in the sudoers file.' >&2; exit 1", "this user may not use sudo", id="not allowed"),
        pytest.param("x", "exit 1", "sudo ended before it gave a shell", id="it just ends"),
        pytest.param("x", "exec sleep 30", "no answer to a script within 1 s", id="it never ends"),
    ],
)  # fmt: skip
def test_why_sudo_gives_no_shell_is_said(start: Start, password: str | None, does: str, told: str):
    shell, _ = start(Privilege(sudo=True, password=password), sudo=does)
    with pytest.raises(LookFailed) as caught:
        shell.run("echo done", 1 if "sleep" in does else 20)
    assert told in str(caught.value)


def test_a_login_shell_that_talks_is_heard_past(start: Start):
    shell, host = start()
    host.environ["ENV"] = "/dev/null"
    ran = SshShell("web1", shell.transport, Chatty()).run("echo done", 20)
    assert ran.stdout == "done\n"


class Chatty(Privilege):
    """A host whose shell prints a greeting before it runs what it is asked to."""

    def command(self, ready: str) -> str:
        return f"echo Welcome to web1; echo have fun >&2; {super().command(ready)}"


def test_a_command_that_is_no_shell_is_told(start: Start):
    class Menu(Privilege):
        def command(self, ready: str) -> str:
            return "echo This account is not available. >&2; exit 1"

    shell, _ = start()
    with pytest.raises(LookFailed, match="no shell was had: This account is not available"):
        SshShell("web1", shell.transport, Menu()).run("echo done", 20)


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says hello and repeats what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as server, repeating(server):
        yield server.getsockname()[1]


@pytest.fixture
def echo_path(tmp_path: Path) -> Iterator[str]:
    """The unix socket of such a server."""
    path = str(tmp_path / "echo.sock")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        with repeating(server):
            yield path


@contextmanager
def repeating(server: socket.socket) -> Iterator[None]:

    def serve() -> None:
        while True:
            try:
                conn, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=repeat, args=(conn,), daemon=True).start()

    def repeat(conn: socket.socket) -> None:
        with conn, suppress(OSError):
            conn.sendall(b"hello\0\xff\n")
            while piece := conn.recv(65536):
                conn.sendall(piece)

    threading.Thread(target=serve, daemon=True).start()
    yield
    server.shutdown(socket.SHUT_RDWR)


def talk(dialled: Any) -> bytes:
    heard = b""
    while len(heard) < 8:
        heard += dialled.recv(8 - len(heard))
    sent = bytes(range(256)) * 1000
    writer = threading.Thread(target=dialled.sendall, args=(sent,), daemon=True)
    writer.start()
    back = b""
    while len(back) < len(sent):
        piece = dialled.recv(65536)
        assert piece
        back += piece
    writer.join(10)
    dialled.close()
    assert back == sent
    return heard


def without(tmp_path: Path, *missing: str) -> str:
    """Return a PATH of a host that lacks some programs."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("sh", "cat", "echo", "bash", "nc"):
        found = shutil.which(name)
        if found and name not in missing:
            (folder / name).symlink_to(found)
    return str(folder)


def test_a_connection_is_forwarded(start: Start, echo: int):
    shell, host = start()
    assert talk(shell.dial("127.0.0.1", echo, 10)) == b"hello\0\xff\n"
    assert host.commands == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_where_sshd_forwards_nothing_bash_connects(start: Start, echo: int):
    shell, host = start(forwards="prohibited")
    assert talk(shell.dial("127.0.0.1", echo, 10)) == b"hello\0\xff\n"
    assert len(host.commands) == 1


@pytest.mark.skipif(shutil.which("nc") is None, reason="no nc here")
def test_where_there_is_no_bash_nc_connects(start: Start, echo: int, tmp_path: Path):
    shell, host = start(forwards="prohibited")
    host.environ["PATH"] = without(tmp_path, "bash")
    assert talk(shell.dial("127.0.0.1", echo, 10)) == b"hello\0\xff\n"


def test_where_there_is_neither_it_is_said(start: Start, echo: int, tmp_path: Path):
    shell, host = start(forwards="prohibited")
    host.environ["PATH"] = without(tmp_path, "bash", "nc")
    with pytest.raises(OSError, match="no program that connects"):
        shell.dial("127.0.0.1", echo, 10)


@pytest.mark.parametrize("forwards", ["yes", "prohibited"])
def test_a_closed_port_is_refused_either_way(start: Start, forwards: str):
    shell, _ = start(forwards=forwards)
    with pytest.raises(ConnectionRefusedError):
        shell.dial("127.0.0.1", closed_port(), 10)


def test_a_channel_that_is_closed_at_once_is_a_connection_that_ended(start: Start, echo: int):
    shell, _ = start(forwards="broken")
    try:
        dialled = shell.dial("127.0.0.1", echo, 10)
    except ConnectionResetError:
        return
    assert dialled.recv(1) == b""


def test_a_program_on_the_host_connects_to_a_unix_socket(start: Start, echo_path: str):
    shell, host = start()
    assert talk(shell.dial(echo_path, 0, 10)) == b"hello\0\xff\n"
    assert len(host.commands) == 1
    with pytest.raises(ConnectionRefusedError):
        shell.dial(f"{echo_path}.gone", 0, 10)


def test_a_server_that_is_silent_is_given_up_in_time(start: Start):
    shell, _ = start()
    with socket.create_server(("127.0.0.1", 0)) as server:
        dialled = shell.dial("127.0.0.1", server.getsockname()[1], 0.5)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            dialled.recv(1)
        assert time.monotonic() - began < 5
