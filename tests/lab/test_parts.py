"""The narrowed deploys cure their own kind of fault and leave the others; several sites make one change."""

from __future__ import annotations

import json

from tests.lab.breaks import break_host
from tests.lab.breaks.steps import edit_site
from tests.lab.client import echo, knock
from tests.lab.commands import pyinfra, wsfix
from tests.lab.inventory import merged, site
from tests.lab.site import ENV_FILE, NGINX_SITE, WS_PATH
from tests.lab.transactions import remembered

SIDE = "/api/chat/ws/side/lobby"
ENABLED = "/etc/systemd/system/multi-user.target.wants/chat.service"
RULES = "/etc/ufw/user.rules"
PARTS = {"firewall": RULES, "backend": ENABLED, "env": ENV_FILE, "proxy": NGINX_SITE}
"""Part → the file in which the lab broke it."""


def test_each_part_cures_its_own_kind_and_leaves_the_others(healthy_host):
    host = healthy_host(release=12)
    healthy = host.digests()
    for name in ("systemd-not-enabled", "origin-value-wrong", "nginx-upgrade-headers-missing", "fw-drops-http"):
        break_host(host, name)
    broken = host.digests()

    def touched(since):
        now = host.digests()
        return {path for path in now.keys() | since.keys() if now.get(path) != since.get(path)}

    assert set(PARTS.values()) <= touched(healthy)
    cured = set()
    for part, path in PARTS.items():
        done = pyinfra(f"deploys/{part}.py", "-y", host=host.name)
        assert done.returncode == 0, done.stderr
        cured |= {path}
        assert touched(broken) & set(PARTS.values()) == cured, done.stderr
    assert len(remembered(host)) == len(PARTS)
    assert knock(host.card).word == "101"
    assert wsfix("check", "-i", "inventory/lab.py", "--limit", host.name).returncode == 0


def test_two_sites_in_one_file_make_one_diff_and_one_reload(healthy_host):
    host = healthy_host(release=13)
    location = """    location /api/chat/ws/side/ {
        proxy_pass http://127.0.0.1:8000/api/chat/ws/;
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
    }

    location /api/ {"""
    edit_site(host, "    location /api/ {", location)
    break_host(host, "nginx-upgrade-headers-missing")
    chat, path = site(host.card), {"url": f"wss://{host.card.site}{SIDE}", "backend": {"path": WS_PATH}}
    both = json.dumps([chat, merged(chat, {"name": "side", **path})])
    reloads = _reloads(host)

    done = pyinfra("deploys/websocket.py", "-y", "--data", f"sites={both}", host=host.name)
    assert "nginx-upgrade-headers-missing" in done.stderr
    assert f"{host.name}: fixed" in done.stderr, done.stderr
    assert done.stderr.count(f"--- a{NGINX_SITE}") == 1, done.stderr
    assert done.stderr.count("reload nginx gracefully") == 1, done.stderr
    assert _reloads(host) == reloads + 1
    assert len(remembered(host)) == 1
    assert echo(host.card) == "hello"
    assert echo(host.card, path=SIDE) == "hello"


def _reloads(host):
    host.sh("journalctl --sync")
    return len(host.sh("journalctl -q -o cat -u nginx -g '^Reloaded '", check=False).stdout.splitlines())


def test_a_diagnosis_names_the_cause_and_writes_nothing(healthy_host):
    host = healthy_host(release=12)
    break_host(host, "nginx-upgrade-headers-missing")
    before = host.digests(("/etc", "/var/lib", "/usr/local", "/opt", "/root", "/tmp"))
    done = pyinfra("deploys/diagnose.py", "-y", host=host.name)
    assert done.returncode == 0, done.stderr
    assert "WS420 nginx-upgrade-headers-missing" in done.stderr
    assert host.digests(("/etc", "/var/lib", "/usr/local", "/opt", "/root", "/tmp")) == before
    assert host.sh("test -e /var/lib/wsfix", check=False).returncode != 0
