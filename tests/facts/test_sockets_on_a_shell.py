"""Listeners, connections and processes of this very machine, asked as a host is asked."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.facts.shells import HostShell
from wsfix.facts import sockets
from wsfix.facts.fragment import HIDE, hidden_values
from wsfix.model.inside import Listener, Process

pytestmark = pytest.mark.skipif(shutil.which("ss") is None, reason="no ss here")

SALT = "0123456789abcdef"
CANARY = "canary-7f3a9c-value"
LISTENING = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
time.sleep(60)
"""


@pytest.fixture
def backend(place: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that listens, with variables and a command line that hold secrets."""
    words = [sys.executable, "-c", LISTENING, "--token", CANARY, "two\nlines"]
    environ = {"CORS_ORIGINS": "https://chat.example.com", "EMPTY": "", "SECRET": CANARY, "PATH": os.environ["PATH"]}
    with subprocess.Popen(words, env=environ, cwd=place, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
        process.kill()


def listening(shell: HostShell) -> tuple[Listener, ...]:
    return sockets.Listeners.read(shell.lines(sockets.LISTENERS))


def processes(shell: HostShell, keys: tuple[str, ...] = ()) -> dict[int, Process]:
    script = (
        HIDE + hidden_values((), (), ()) + sockets.processes(["no-such.service", r"odd\x2done.service"], keys, SALT)
    )
    return sockets.read_processes(shell.lines(script))


def test_a_listener_is_seen_with_its_process(shell: HostShell, backend: tuple[subprocess.Popen[str], int]):
    process, port = backend
    assert Listener("127.0.0.1", port, (process.pid,)) in listening(shell)


@pytest.mark.parametrize(
    ("family", "address", "only6", "expected", "public", "takes"),
    [
        pytest.param(socket.AF_INET, "127.0.0.1", False, "127.0.0.1", False, True, id="loopback"),
        pytest.param(socket.AF_INET, "127.0.0.53", False, "127.0.0.53", False, False, id="another loopback"),
        pytest.param(socket.AF_INET6, "::1", True, "::1", False, False, id="loopback of IPv6"),
        pytest.param(socket.AF_INET6, "::ffff:127.0.0.1", False, "127.0.0.1", False, True, id="mapped loopback"),
        pytest.param(socket.AF_INET6, "::ffff:0.0.0.0", False, "0.0.0.0", True, True, id="mapped everything"),
    ],
)
def test_an_address_is_read_as_the_kernel_means_it(
    shell: HostShell, family: int, address: str, only6: bool, expected: str, public: bool, takes: bool
):
    with socket.socket(family) as bound:
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only6)
        bound.bind((address, 0))
        bound.listen()
        seen = next(each for each in listening(shell) if each.port == bound.getsockname()[1])
        with socket.socket() as client:
            client.settimeout(5)
            assert takes is (client.connect_ex(("127.0.0.1", seen.port)) == 0)
    assert (expected, public, takes) == (seen.address, seen.public, seen.takes("127.0.0.1"))


def test_connections_are_counted_by_their_port(shell: HostShell):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
        served = [server.accept()[0] for _ in clients]
        counted = sockets.EstablishedConnections.read(shell.lines(sockets.ESTABLISHED))
        for each in (*clients, *served):
            each.close()
    assert counted[port] == 3


def test_a_process_is_told_without_its_secrets(
    shell: HostShell, backend: tuple[subprocess.Popen[str], int], place: Path
):
    process, _ = backend
    seen = processes(shell, ("CORS_ORIGINS", "EMPTY", "MISSING", "ORIGINS"))[process.pid]
    assert (str(place), os.path.realpath(sys.executable)) == (seen.cwd, seen.exe)
    assert CANARY not in seen.command
    assert "two lines" in seen.command
    said = hashlib.sha256(f"{SALT}https://chat.example.com".encode()).hexdigest()
    assert said == seen.env_digests["CORS_ORIGINS"]
    assert {"CORS_ORIGINS", "EMPTY"} == set(seen.env_digests)


def test_a_process_began_when_it_began(shell: HostShell):
    before = time.time()
    with subprocess.Popen([sys.executable, "-c", LISTENING], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        after = time.time()
        seen = processes(shell)[process.pid]
        process.kill()
    assert before - 1.5 <= seen.started <= after + 1.5


def test_without_ss_a_look_knows_that_it_does_not_know(shell: HostShell, place: Path):
    without = HostShell(shell.words, str(place / "nothing"))
    for fragment in (sockets.LISTENERS, sockets.ESTABLISHED):
        assert without.run(f"({fragment}\n) 2>/dev/null").returncode == 127
