"""Every way in: sudo with and without a password, another port, IPv6, no forwarding; and a login that fails is explained."""

from __future__ import annotations

import pytest

from tests.lab.breaks import break_host
from tests.lab.client import echo
from tests.lab.commands import pyinfra
from tests.lab.runs import flat
from tests.lab.transactions import remembered

WAYS = {
    "deploy": {"login": "deploy"},
    "ops": {"login": "ops"},
    "port-2222-without-forwarding": {"login": "deploy", "ssh_port": 2222, "sshd": ("AllowTcpForwarding no",)},
    "ipv6": {"login": "root", "release": 12},
}


@pytest.mark.parametrize("way", WAYS)
def test_the_whole_way(healthy_host, way):
    host = healthy_host(**WAYS[way])
    card = host.card
    v6 = way == "ipv6"
    words = ("--data", f"ssh_hostname={card.address6}") if v6 else ()
    site = {"address": card.address6} if v6 else None
    break_host(host, "nginx-upgrade-headers-missing")
    before = host.digests()

    def run(*more):
        done = pyinfra(*more, *words, host=host.name, site=site)
        assert done.returncode == 0, done.stderr
        return done.stderr

    dry = run("deploys/websocket.py", "--dry")
    assert "nginx-upgrade-headers-missing" in dry
    assert "backend directly" in dry, "it was asked at the backend"
    assert "proxy on the host" in dry, "it was asked at the proxy"
    assert host.digests() == before
    assert f"{host.name}: fixed" in run("deploys/websocket.py", "-y")
    assert echo(card, v6=v6) == "hello"
    after = host.digests()
    assert "No changes" in run("deploys/websocket.py", "-y")
    assert host.digests() == after
    run("deploys/rollback.py", "-y")
    assert host.digests() == before
    if v6:
        host.sh("journalctl --sync")
        accepted = host.sh("journalctl -q -o cat -t sshd -g '^Accepted publickey'").stdout.splitlines()
        assert len(accepted) == 4
        assert not [line for line in accepted if " from 10." in line], "none came over IPv4"


def test_a_wrong_sudo_password_is_tried_once(healthy_host):
    host = healthy_host(login="ops")
    done = pyinfra("deploys/websocket.py", "--dry", "--data", "_sudo_password=nonsense", host=host.name)
    assert done.returncode != 0
    assert f"{host.name}: sudo refused the password of the inventory; it was tried once" in flat(done.stderr)
    host.sh("journalctl --sync")
    tried = host.sh("journalctl -q -o cat -g 'pam_unix.sudo:auth.: authentication failure'", check=False).stdout
    assert len(tried.splitlines()) == 1, tried
    assert remembered(host) == []


def test_a_missing_sudo_password_is_explained(healthy_host):
    host = healthy_host(login="ops")
    done = pyinfra("deploys/websocket.py", "--dry", "--data", "_sudo_password=", host=host.name)
    assert done.returncode != 0
    said = flat(done.stderr)
    assert f"{host.name}: sudo asks for a password and the inventory gives none" in said
    assert "_sudo_password" in said
    assert "Traceback" not in said
