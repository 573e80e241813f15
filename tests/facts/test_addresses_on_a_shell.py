"""The host's own addresses and SELinux, read where these tests run."""

from __future__ import annotations

import socket

from tests.facts.shells import HostShell
from wsfix.facts.addresses import FRAGMENT, HostAddresses
from wsfix.facts.selinux import FRAGMENT as SELINUX
from wsfix.facts.selinux import WebServers


def test_the_addresses_are_those_that_a_socket_gets(shell: HostShell):
    done = shell.run(FRAGMENT)
    found = HostAddresses.read(done.stdout.decode().splitlines())
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getsockname()[0] in (found or ())
    assert (done.returncode, done.stderr) == (0, b"")


def test_selinux_says_whether_it_is_in_force(shell: HostShell):
    done = shell.run(SELINUX)
    assert (done.returncode, done.stderr) == (0, b"")
    assert WebServers.read(done.stdout.decode().splitlines()) is not None
