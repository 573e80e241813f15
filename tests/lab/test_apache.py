"""The whole way for every fault of kar.bar, which stands behind Apache: as for the chat in test_repair.py."""

from __future__ import annotations

import pytest

from tests.lab import course
from tests.lab.breaks import break_host, breaks
from tests.lab.client import reachable
from tests.lab.commands import pyinfra, wsfix
from tests.lab.course import Course
from tests.lab.systems import karbar

SYSTEM = "000"
NAMED = {
    "apache-mod-missing-proxy": "apache-mod-missing",
    "apache-mod-missing-proxy_http": "apache-mod-missing",
    "apache-mod-missing-rewrite": "apache-mod-missing",
    "apache-requestheader-folklore": "apache-requestheader-folklore",
    "apache-rewrite-no-P": "apache-rewrite-no-p",
    "origin-value-wrong": "env-value-wrong",
}
"""The lab's word for a break where wsfix has another for the fault."""
ADVICE = {
    "apache-config-broken",
    "backend-crash-loop",
    "backend-wrong-entrypoint",
    "fe-dev-proxy-no-ws",
    "fe-hardcoded-localhost",
}
STILL_WORKS = {
    "apache-config-broken",
    "apache-connection-regex-anchored",
    "apache-timeout-idle",
    "client-env-wrong",
    "fe-dev-proxy-no-ws",
    "fe-hardcoded-localhost",
    "fw-backend-exposed",
    "systemd-not-enabled",
}
"""Breaks that Chrome does not feel at once: found as drift while the handshake succeeds."""
ONLY_LOADED = {"apache-edited-not-reloaded", "env-not-loaded"}
CONFIRMED = {"apache-proxy-denied"}
"""Cures that open what somebody closed."""

CASES = list(breaks(SYSTEM))
ON_12 = CASES[::9]


def _not_reachable(host):
    assert not reachable(host.card.address4, karbar.PORT)


def _expected(name):
    fault = NAMED.get(name, breaks(SYSTEM)[name].fault)
    more = {"proved": _not_reachable} if name == "fw-backend-exposed" else {}
    return Course(
        fault,
        advice=fault in ADVICE,
        drift=name in STILL_WORKS,
        only_loaded=name in ONLY_LOADED,
        confirm=fault if fault in CONFIRMED else "",
        **more,
    )


def _parametrised():
    for name in CASES:
        yield pytest.param(name, 13, id=f"{name}-debian13")
    for name in ON_12:
        yield pytest.param(name, 12, id=f"{name}-debian12")


@pytest.mark.parametrize(("name", "release"), list(_parametrised()))
def test_a_fault_is_named_shown_repaired_proved_and_put_back(healthy_host, name, release):
    host = healthy_host(release=release, system=SYSTEM)
    chosen = break_host(host, name)
    course.run(host, chosen, _expected(name), golden=f"{SYSTEM}/{name}", compare=release == 13)


def test_what_needs_consent_is_held_back_without_it(healthy_host):
    host = healthy_host(release=13, system=SYSTEM)
    break_host(host, "apache-proxy-denied")
    before = host.digests()
    run = pyinfra("deploys/websocket.py", "-y", host=host.name)
    assert "WSFIX_CONFIRM=apache-proxy-denied" in run.stderr, run.stderr
    assert host.digests() == before


def test_a_healthy_host_gives_no_finding(healthy_host, release):
    host = healthy_host(release=release, system=SYSTEM)
    before = host.digests()
    done = wsfix("check", "-i", "inventory/lab.py", "--limit", host.name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    assert " ! " not in done.stdout
    assert "unknown" not in done.stdout
    dry = pyinfra("deploys/websocket.py", "--dry", host=host.name)
    assert "nothing to change" in dry.stderr, dry.stderr
    assert host.digests() == before
    assert host.system.knock(host.card).word == "101"
