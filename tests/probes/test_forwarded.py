"""The same walk through channels that a real SSH connection forwards, and under gevent, as pyinfra runs it."""

from __future__ import annotations

import contextlib
import errno
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import paramiko
import pytest

from tests.probes.quiet import idle_from_host
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure, Place
from wsfix.probes.stream import Dial, Stream
from wsfix.probes.walk import walk_from_host

from .authority import Authority
from .servers import closed_port, serving
from .sites import SHORT, site


class Forwarder(paramiko.ServerInterface):
    """An SSH server that lets everybody in and dials what it is asked to."""

    def __init__(self) -> None:
        self.targets: dict[int, socket.socket] = {}

    def get_allowed_auths(self, username: str) -> str:
        return "none"

    def check_auth_none(self, username: str) -> int:
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_direct_tcpip_request(
        self, chanid: int, origin: tuple[str, int], destination: tuple[str, int]
    ) -> int:
        try:
            self.targets[chanid] = socket.create_connection(destination, timeout=5)
        except OSError:
            return paramiko.OPEN_FAILED_CONNECT_FAILED
        return paramiko.OPEN_SUCCEEDED


def pump(source: Stream, sink: Stream) -> None:
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        while piece := source.recv(65536):
            sink.sendall(piece)
    for each in (source, sink):
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            each.close()


@pytest.fixture
def through_ssh() -> Iterator[Dial]:
    """A way to dial over one SSH connection, both ends of it in this process."""
    ours, theirs = socket.socketpair()
    server, forwarder = paramiko.Transport(theirs), Forwarder()
    server.add_server_key(paramiko.ECDSAKey.generate())
    server.start_server(event=threading.Event(), server=forwarder)
    threading.Thread(target=_serve, args=(server, forwarder), daemon=True).start()
    client = paramiko.Transport(ours)
    client.start_client(timeout=10)
    client.auth_none("root")

    def dial(address: str, port: int, seconds: float) -> Stream:
        try:
            return client.open_channel("direct-tcpip", (address, port), ("127.0.0.1", 0), timeout=seconds)
        except paramiko.ChannelException as error:
            raise ConnectionRefusedError(errno.ECONNREFUSED, error.text) from error
        except paramiko.SSHException as error:
            raise ConnectionResetError(errno.ECONNRESET, "opened and closed at once") from error

    yield dial
    client.close()
    server.close()
    for target in forwarder.targets.values():
        target.close()


def _serve(server: paramiko.Transport, forwarder: Forwarder) -> None:
    while server.is_active():
        channel = server.accept(0.2)
        if channel is not None:
            target = forwarder.targets[channel.get_id()]
            target.settimeout(None)
            threading.Thread(target=pump, args=(channel, target), daemon=True).start()
            threading.Thread(target=pump, args=(target, channel), daemon=True).start()


def test_a_sound_backend_is_proved_through_ssh(healthy: int, through_ssh: Dial) -> None:
    walk = walk_from_host(
        site(80, send="hello", timeout_seconds=5),
        Place.BACKEND,
        through_ssh,
        "127.0.0.1",
        healthy,
        tls=False,
        path="/ws",
        secrets={},
    )
    assert walk.sound


def test_a_sound_proxy_is_proved_through_ssh_with_tls(
    healthy_tls: int, through_ssh: Dial, authority: Authority
) -> None:
    public = site(443, "wss", "localhost", ca_file=authority.roots, timeout_seconds=5)
    walk = walk_from_host(public, Place.PROXY, through_ssh, "127.0.0.1", healthy_tls, tls=True, path="/ws", secrets={})
    assert walk.sound
    assert walk.certificate is not None


def test_a_closed_port_behind_ssh_is_refused(through_ssh: Dial) -> None:
    walk = walk_from_host(
        site(80, timeout_seconds=5),
        Place.BACKEND,
        through_ssh,
        "127.0.0.1",
        closed_port(),
        tls=False,
        path="/",
        secrets={},
    )
    assert walk.wall is Hop.BACKEND
    assert walk.connections[0].failure is Failure.REFUSED


def test_a_backend_that_hangs_behind_ssh_ends_with_the_deadline(through_ssh: Dial) -> None:
    began = time.monotonic()
    with serving(lambda visit: visit.hang()) as port:
        walk = walk_from_host(
            site(80), Place.BACKEND, through_ssh, "127.0.0.1", port, tls=False, path="/ws", secrets={}
        )
    assert walk.handshake is not None
    assert walk.handshake.failure is Failure.TIMEOUT
    assert time.monotonic() - began < 3 * SHORT + 3


def test_a_backend_that_hangs_up_behind_ssh_is_named(through_ssh: Dial) -> None:
    with serving(lambda visit: visit.seen.append(visit.read_request())) as port:
        walk = walk_from_host(
            site(80, timeout_seconds=5),
            Place.BACKEND,
            through_ssh,
            "127.0.0.1",
            port,
            tls=False,
            path="/ws",
            secrets={},
        )
    assert walk.handshake is not None
    assert walk.handshake.failure in {Failure.CLOSED, Failure.RESET}


def test_silence_is_held_through_ssh(healthy: int, through_ssh: Dial) -> None:
    assert idle_from_host(
        site(80, timeout_seconds=5),
        Place.BACKEND,
        through_ssh,
        "127.0.0.1",
        healthy,
        seconds=0.2,
        tls=False,
        path="/ws",
        secrets={},
    ).survived


UNDER_GEVENT = """
from gevent import monkey
{late}monkey.patch_all()
import sys
from wsfix.model.site import Site
from wsfix.probes.walk import walk_outside
{early}monkey.patch_all()
probe = {{"ca_file": sys.argv[2], "timeout_seconds": 10}}
walk = walk_outside(Site(name="x", url=f"wss://localhost:{{sys.argv[1]}}/", probe=probe), {{}})
sys.exit(0 if walk.sound else walk.reason or "no reason")
"""


@pytest.mark.parametrize("early", [True, False])
def test_a_walk_under_gevent_is_the_same(early: bool, healthy_tls: int, authority: Authority) -> None:
    code = UNDER_GEVENT.format(early="# " if early else "", late="" if early else "# ")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(healthy_tls), authority.roots],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
