"""The whole way for the faults of the hotel (FastAPI, tokens) and the car park (Channels, alone and beside gunicorn)."""

from __future__ import annotations

import json

import pytest

from tests.lab import course
from tests.lab.breaks import break_host, breaks
from tests.lab.client import reachable
from tests.lab.commands import pyinfra, wsfix
from tests.lab.course import Course
from tests.lab.host import Host
from tests.lab.inventory import OVERRIDES
from tests.lab.systems import karbar

SYSTEMS = ("003", "004", "004-split")
NAMED = {
    "gunicorn-without-websocket-route": "nginx-upstream-wrong-port",
    "origin-not-allowed-channels": "env-value-wrong",
    "origin-value-wrong": "env-value-wrong",
}
"""The lab's word for a break where wsfix names another fault as the cause."""
ADVICE = {
    "auth-rest-vs-ws-differs",
    "asgi-http-only-app",
    "auth-token-expired",
    "backend-crash-loop",
    "channels-inmemory-layer-split",
}
OF_THE_PAGE = {"fe-dev-server-port", "fe-hardcoded-localhost", "fe-websocket-disabled-flag", "fe-wrong-base-path"}
STILL_WORKS = {"channels-inmemory-layer-split", "systemd-not-enabled"} | OF_THE_PAGE
ASKED = {"origin-not-allowed-channels-env": {"env": {"values": None}}}
"""What the inventory says differently."""
CASES = [(system, name) for system in SYSTEMS for name in breaks(system)]
ON = {"firewall": {"open": [80, 443], "closed": [karbar.PORT], "enabled": True}}


@pytest.mark.parametrize(("system", "name"), CASES, ids=["/".join(case) for case in CASES])
def test_a_fault_is_named_shown_repaired_proved_and_put_back(healthy_host, system, name):
    host = healthy_host(release=12, system=system)
    chosen = break_host(host, name)
    fault = NAMED.get(name, chosen.fault)
    expected = Course(
        fault,
        advice=fault in ADVICE | OF_THE_PAGE,
        drift=name in STILL_WORKS,
        site=ASKED.get(name, {}),
        confirm=chosen.confirm,
    )
    course.run(host, chosen, expected, golden=f"{system}/{name}")


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_healthy_host_gives_no_finding(healthy_host, system):
    host = healthy_host(release=13, system=system)
    done = wsfix("check", "-i", "inventory/lab.py", "--limit", host.name)
    assert done.returncode == 0, done.stdout + done.stderr
    marked = [line.strip() for line in done.stdout.splitlines() if line.strip()[:1] in {"✗", "!", "-"}]
    # nginx as Debian has it logs whole URLs, and the hotel's token stands in one
    assert [line for line in marked if system != "003" or "access log" not in line] == [], done.stdout
    assert "unknown" not in done.stdout


def test_a_filter_that_is_off_is_switched_on_where_it_is_asked_for_and_ssh_stays_open(healthy_host):
    host = healthy_host(release=12, system="000", ssh_port=2222, login="ops")
    host.sh("ufw --force disable; ufw delete allow 2222/tcp; ufw delete allow 443/tcp")
    before = host.digests()
    off = pyinfra("deploys/websocket.py", "-y", host=host.name)
    assert "fw-not-enabled" not in off.stderr, off.stderr
    assert host.digests() == before, "a filter that is off stays off unless the inventory says otherwise"
    asked = {OVERRIDES: json.dumps(ON)}
    done = pyinfra("deploys/websocket.py", "-y", host=host.name, **asked)
    assert f"{host.name}: fixed" in done.stderr, done.stderr
    assert "Status: active" in host.sh("ufw status").stdout
    assert not reachable(host.card.address4, karbar.PORT)
    again = pyinfra("deploys/websocket.py", "-y", host=host.name, **asked)
    assert "No changes" in again.stderr, again.stderr
    assert host.system.knock(host.card).word == "101"
    back = pyinfra("deploys/rollback.py", "-y", host=host.name, **asked)
    assert back.returncode == 0, back.stderr
    assert host.digests() == before


def narrow(host: Host, network: str) -> str:
    host.sh(f"ufw allow from {network} to any port {karbar.PORT} proto tcp")
    return wsfix("check", "-i", "inventory/lab.py", "--limit", host.name).stdout


def test_a_rule_for_one_network_is_the_operator_s_wish(healthy_host):
    host = healthy_host(release=12, system="000")
    assert "fw-backend-exposed" not in narrow(host, "192.168.77.0/24")
    reached = narrow(host, f"{host.card.address4.rpartition('.')[0]}.0/24")
    assert "fw-backend-exposed" in reached
    assert "WSFIX_CONFIRM=fw-backend-exposed" in " ".join(reached.split())
    done = wsfix("check", "-i", "inventory/lab.py", "--limit", host.name, "--fix", WSFIX_CONFIRM="fw-backend-exposed")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not reachable(host.card.address4, karbar.PORT)
