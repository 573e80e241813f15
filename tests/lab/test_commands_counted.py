"""How many commands reach a host, counted by its own sshd: one for a look, three for a repair with its proof."""

from __future__ import annotations

import pytest

from tests.lab.breaks import break_host
from tests.lab.client import echo
from tests.lab.commands import pyinfra


def _commands(host):
    """Return the commands that sshd started; a forwarded channel is none (it logs `direct-tcpip`, not a session)."""
    host.sh("journalctl --sync")
    said = host.sh("journalctl -q -o cat -g 'Starting session: '", check=False).stdout
    return [line for line in said.splitlines() if "Starting session: command" in line or "subsystem" in line]


@pytest.mark.parametrize("login", ["root", "deploy", "ops"])
def test_a_look_is_one_command_and_a_repair_at_most_three(healthy_host, login):
    host = healthy_host(release=12, login=login, sshd=("LogLevel VERBOSE",))
    assert host.ssh("true").returncode == 0
    assert len(_commands(host)) == 1, "the measure counts"

    dry = pyinfra("deploys/websocket.py", "--dry", host=host.name)
    assert "nothing to change" in dry.stderr, dry.stderr
    looked = _commands(host)
    assert len(looked) == 2, looked

    break_host(host, "nginx-upgrade-headers-missing")
    repair = pyinfra("deploys/websocket.py", "-y", host=host.name)
    assert f"{host.name}: fixed" in repair.stderr, repair.stderr
    assert len(_commands(host)) <= 2 + 3, _commands(host)
    assert echo(host.card) == "hello"
