"""`wsfix check` on an inventory: what its exit status says, what --fix does, and what is refused before any connection."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.lab.breaks import break_host
from tests.lab.client import echo
from tests.lab.commands import pyinfra, wsfix
from tests.lab.runs import flat
from tests.lab.transactions import remembered

CHECK = ("check", "-i", "inventory/lab.py")


def test_fix_repairs_and_has_nothing_to_do_again(healthy_host):
    host = healthy_host(release=12, login="deploy")
    break_host(host, "nginx-upgrade-headers-missing")
    before = host.digests()
    found = wsfix(*CHECK, "--limit", host.name)
    assert found.returncode == 2, found.stdout + found.stderr
    assert "WS420" in found.stdout
    assert "run again with --fix" in found.stdout
    assert host.digests() == before

    fixed = wsfix(*CHECK, "--limit", host.name, "--fix")
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert f"{host.name}: fixed" in fixed.stdout
    assert echo(host.card) == "hello"

    after = host.digests()
    again = wsfix(*CHECK, "--limit", host.name, "--fix", "--format", "json")
    assert again.returncode == 0, again.stdout + again.stderr
    said = json.loads(again.stdout)
    assert said["sites"][0]["healthy"]
    assert (said["outcomes"], said["errors"]) == ([], [])
    assert host.digests() == after
    assert len(remembered(host)) == 1


class Door:
    """A port of this machine that somebody may knock at: it listens, and counts."""

    def __init__(self, socket_, folder):
        self.socket, self.folder = socket_, folder

    def inventory(self, **site):
        """Write an inventory whose one host is this door."""
        address, port = self.socket.getsockname()
        login = {"ssh_hostname": address, "ssh_port": port, "ssh_user": "root"}
        sites = [{"name": "chat", "url": "wss://chat.example.com/ws", "address": address, **site}]
        path = self.folder / "door.py"
        path.write_text(f"web = [('far', { ({**login, 'sites': sites})!r})]\n", encoding="utf-8")
        return str(path)

    def knocked(self):
        """Whether anybody connected."""
        try:
            self.socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture
def door(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield Door(listening, tmp_path)


WRONG = {
    "a value that is not allowed": (
        {"proxy": {"kind": "iis"}},
        "far: sites[chat].proxy.kind: 'iis' is not allowed; allowed: 'nginx'",
    ),
    "a key that is not known": ({"orgins": []}, "far: sites[chat].orgins: unknown key; did you mean origins?"),
    "a number out of range": (
        {"idle_seconds": 5},
        "far: sites[chat].idle_seconds: Input should be greater than or equal to 30 (given: 5)",
    ),
}


@pytest.mark.parametrize(("site", "complaint"), WRONG.values(), ids=WRONG)
def test_a_wrong_site_is_refused_before_any_connection(door, site, complaint):
    done = wsfix("check", "-i", door.inventory(**site))
    assert done.returncode == 78, done.stdout + done.stderr
    assert complaint in flat(done.stderr)
    assert "Traceback" not in done.stderr
    assert not door.knocked()


def test_pyinfra_refuses_a_wrong_site_before_any_connection(healthy_host):
    host = healthy_host(release=12, sshd=("LogLevel VERBOSE",))
    seen = _connections(host)
    done = pyinfra("deploys/websocket.py", "--dry", host=host.name, site={"proxy": {"kind": "iis"}})
    assert done.returncode != 0
    said = flat(done.stderr)
    assert f"{host.name}: sites[chat].proxy.kind: 'iis' is not allowed; allowed: 'nginx'" in said
    assert "nothing was connected to" in said
    assert _connections(host) == seen
    checked = wsfix(*CHECK, "--limit", host.name, site={"proxy": {"kind": "iis"}})
    assert checked.returncode == 78, checked.stderr
    assert _connections(host) == seen
    assert host.ssh("true").returncode == 0
    assert _connections(host) == seen + 1, "the measure counts"


def _connections(host):
    host.sh("journalctl --sync")
    said = host.sh("journalctl -q -o cat -g '^Connection from .* on .* port 22'", check=False).stdout.splitlines()
    return len(said)


def test_a_host_that_hangs_up_is_an_error_with_its_name(door):
    door.socket.settimeout(30)
    with ThreadPoolExecutor(1) as pool:
        came = pool.submit(door.socket.accept)
        came.add_done_callback(lambda done: done.result()[0].close())
        done = wsfix("check", "-i", door.inventory())
        assert came.done(), "the door notices who knocks"
    assert done.returncode == 1, done.stdout + done.stderr
    assert "far:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [("check",), ("check", "--fix", "wss://chat.example.com/ws"), ("check", "--nonsense"), ("nonsense",)],
    ids=" ".join,
)
def test_wrong_usage(words):
    done = wsfix(*words)
    assert done.returncode == 64, done.stdout + done.stderr
    assert "wsfix:" in done.stderr
    assert "Traceback" not in done.stderr
