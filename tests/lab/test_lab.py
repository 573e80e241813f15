"""The lab itself: hosts are real, breaks show what they promise, and nothing is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab import client, machine, state
from tests.lab.breaks import break_host, fingerprint
from tests.lab.furnish import Variant
from tests.lab.host import Host, until
from tests.lab.image import Release
from tests.lab.laboratory import Lab

Fresh = Callable[..., Host]

KILLED_RUN = """
import os, signal
from tests.lab.laboratory import Lab
lab = Lab.create()
lab.start("doomed")
print(lab.name, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def traces(lab: str) -> list[str]:
    """Everything on this machine that bears the lab's name."""
    said = [machine.run("ip", *what).stdout for what in (("link",), ("netns",))]
    said.append(Path("/proc/self/mounts").read_text(encoding="utf-8"))
    roots = ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup")
    groups = [str(path) for root in roots for path in Path(root, "wsfix-lab").glob(lab)]
    found = [line for text in said for line in text.splitlines() if lab in line]
    directories = [str(path) for path in state.runs().glob(lab)]
    processes = [line for line in machine.run("ps", "-eo", "args").stdout.splitlines() if f"/{lab}/" in line]
    return found + groups + directories + processes


def test_boots_to_running(healthy_host: Fresh, release: Release) -> None:
    host = healthy_host(release=release)
    assert host.sh("systemctl is-system-running --wait").stdout.strip() == "running"
    assert f'VERSION_ID="{release}"' in host.sh("cat /etc/os-release").stdout
    assert "Started chat.service" in host.sh("journalctl -u chat").stdout


def test_echoes_and_serves_on_both_families(healthy_host: Fresh, release: Release) -> None:
    card = healthy_host(release=release).card
    for v6 in (False, True):
        assert client.echo(card, "good evening", v6=v6) == "good evening"
        assert client.get(card, name=card.shop, v6=v6).body.count("Shop") == 2
        assert client.get(card, "/api/chat/test", v6=v6).status == 200
        assert client.get(card, "/x", tls=False, v6=v6).headers["location"] == f"https://{card.site}/x"


def test_refuses_a_foreign_origin(healthy_host: Fresh) -> None:
    assert client.knock(healthy_host().card, origin="https://elsewhere.wsfix.test").word == "403"


@pytest.mark.parametrize("name", ["nginx-down", "backend-crash-loop"])
def test_break_shows_its_fingerprint(healthy_host: Fresh, name: str) -> None:
    """The courses see the others."""
    host = healthy_host(release=13)
    chosen = break_host(host, name)
    seen = fingerprint(host, chosen)
    assert seen.word == chosen.shows, seen
    assert chosen.body in seen.body
    if name != "nginx-down":
        assert client.get(host.card, name=host.card.shop).status == 200, "the shop must not notice"


def test_silent_breaks_are_there_all_the_same(healthy_host: Fresh) -> None:
    """Three breaks still answer 101: what is wrong shows elsewhere."""
    host = healthy_host()
    break_host(host, "systemd-not-enabled")
    break_host(host, "fw-backend-exposed")
    assert client.reachable(host.card.address4, 8000)
    assert client.reachable(host.card.address6, 22)
    assert host.sh("systemctl is-enabled chat", check=False).stdout.strip() == "disabled"
    break_host(host, "nginx-map-undefined")
    assert 'unknown "connection_upgrade" variable' in host.sh("nginx -t", check=False).stderr
    assert client.knock(host.card).word == "101"


def test_firewall_really_filters(healthy_host: Fresh, release: Release) -> None:
    host = healthy_host(release=release)
    host.sh("systemd-run --quiet python3 -m http.server 9000 --bind ::")
    until(5, "port 9000 to listen", lambda: bool(host.sh("ss -Htln 'sport = :9000'").stdout))
    addresses = (host.card.address4, host.card.address6)
    assert not any(client.reachable(address, 9000) for address in addresses)
    host.sh("ufw allow 9000/tcp")
    assert all(client.reachable(address, 9000) for address in addresses)


@pytest.mark.parametrize("login", ["root", "deploy", "ops"])
@pytest.mark.parametrize("port", [22, 2222])
def test_logs_in_as(healthy_host: Fresh, login: str, port: int) -> None:
    host = healthy_host(login=login, ssh_port=port)
    assert host.ssh("id -un").stdout.strip() == login
    if login == "deploy":
        assert host.ssh("sudo -n id -u").stdout.strip() == "0"
    if login == "ops":
        assert host.ssh("sudo -n id -u").returncode != 0
        assert host.card.sudo_password_file
        password = Path(host.card.sudo_password_file).read_text(encoding="ascii")
        assert host.ssh("sudo -S -p '' id -u", stdin=password + "\n").stdout.strip() == "0"


def test_sshd_options_and_a_blank_host(healthy_host: Fresh) -> None:
    host = healthy_host(sshd=("AllowTcpForwarding no",), site=False)
    assert "allowtcpforwarding no" in host.sh("sshd -T").stdout
    assert host.sh("ufw status").stdout.strip() == "Status: inactive"
    assert client.knock(host.card).word == "refused"


def test_judges_a_staged_tree_and_fires_timers(healthy_host: Fresh, release: Release) -> None:
    host = healthy_host(release=release)
    host.sh("cp -a /etc/nginx /tmp/staged && echo 'foo;' >> /tmp/staged/conf.d/websocket.conf")
    staged = host.sh("unshare -m sh -c 'mount --bind /tmp/staged /etc/nginx && nginx -t'", check=False)
    assert 'unknown directive "foo"' in staged.stderr or "unexpected" in staged.stderr
    assert host.sh("nginx -t").returncode == 0
    host.sh("systemd-run --quiet --on-active=1 --timer-property=AccuracySec=100ms touch /run/fired")
    until(4, "the timer to fire", lambda: host.sh("test -e /run/fired", check=False).returncode == 0)


def test_counts_open_sockets_and_they_survive_a_reload(healthy_host: Fresh) -> None:
    host = healthy_host()
    with client.opened(host.card) as connection:
        assert len(host.open_sockets()) == 1
        host.sh("systemctl reload nginx")
        connection.send("still there")
        assert "still there" in str(connection.recv(timeout=3))
    until(5, "the socket to close", lambda: not host.open_sockets())


def test_reset_restores_the_disk_and_secrets_stay_inside(healthy_host: Fresh, release: Release) -> None:
    host = healthy_host(release=release)
    roots = ("/etc", "/var/www")
    before = host.digests(roots)
    assert before == host.digests(roots)
    host.sh("rm -r /etc/chat; chmod 600 /etc/nginx/nginx.conf; ln -sfn /tmp /etc/nginx/sites-enabled/shop.conf")
    after = host.digests(roots)
    changed = {path for path, line in before.items() if after.get(path) != line}
    assert changed == {
        "/etc/chat",
        "/etc/chat/chat.env",
        "/etc/nginx/nginx.conf",
        "/etc/nginx/sites-enabled/shop.conf",
    }
    host.reset()
    assert host.digests(roots) == before
    assert host.site.secrets["jwt_secret"] in host.read("/etc/chat/chat.env")
    assert host.site.secrets["jwt_secret"] not in repr(host.site)


@pytest.mark.parametrize("power_cut", [False, True])
def test_reboot_keeps_the_disk_and_forgets_the_rest(healthy_host: Fresh, release: Release, power_cut: bool) -> None:
    host = healthy_host(release=release)
    host.sh("touch /etc/kept /run/gone; sync; ufw allow 9000/tcp")
    host.reboot(power_cut=power_cut)
    assert host.sh("test -e /etc/kept && test ! -e /run/gone").returncode == 0
    assert "9000/tcp" in host.sh("ufw status").stdout
    assert client.echo(host.card) == "hello"


def test_hosts_do_not_end_each_others_services(healthy_host: Fresh) -> None:
    one, other = healthy_host(), healthy_host()
    one.sh("systemctl stop chat nginx")
    assert client.echo(other.card) == "hello"
    assert {card.name for card in state.running_hosts()} >= {one.name, other.name}


def test_leaves_nothing_behind(lab: Lab) -> None:
    second = Lab.create()
    try:
        second.start("brief", Variant(site=False))
        assert traces(second.name)
    finally:
        second.close()
    assert traces(second.name) == []
    assert state.read_lab(lab.directory), "the lab of this session must live on"


def test_sweeps_what_a_killed_run_left(lab: Lab) -> None:
    root = Path(__file__).parents[2]
    killed = subprocess.run([sys.executable, "-c", KILLED_RUN], cwd=root, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    left = killed.stdout.strip()
    assert traces(left)
    Lab.create().close()
    assert traces(left) == []
    assert lab.directory.is_dir()
