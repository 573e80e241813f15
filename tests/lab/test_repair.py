"""The whole way for every fault of the chat on real hosts: broken, named, shown, repaired, proved, left alone, put back."""

from __future__ import annotations

import pytest

from tests.lab import course
from tests.lab.breaks import break_host, breaks
from tests.lab.client import WS_PATH, knock, reachable
from tests.lab.commands import pyinfra, wsfix
from tests.lab.course import Course

NAMED = {"nginx-location-missing": "nginx-upgrade-headers-missing", "origin-value-wrong": "env-value-wrong"}
"""The lab's word for a break where wsfix has another for the fault."""
ADVICE = {"nginx-http-to-https-301", "nginx-config-broken", "backend-crash-loop", "backend-wrong-entrypoint"} | {
    "closed-after-accept",
    "fe-csp-connect-src",
    "subprotocol-unrequested",
}
LEFT = {"tls-self-signed"}
"""Not among the faults of this release: reported as unexplained."""
STILL_WORKS = {
    "nginx-map-undefined",
    "nginx-config-broken",
    "systemd-not-enabled",
    "fw-backend-exposed",
    "nginx-proxy-read-timeout",
    "backend-reload-flag-prod",
    "fe-csp-connect-src",
}
"""Breaks that a client does not feel at once: found as drift while the handshake succeeds."""

ONLY_LOADED = {"nginx-edited-not-reloaded", "env-not-loaded"}

SITES = {
    "nginx-location-trailing-slash-301": {"url_path": "/api/chat/ws"},
    "nginx-prefix-not-stripped": {"prefix": True},
    "nginx-double-slash": {"prefix": True},
    "nginx-http-to-https-301": {"scheme": "ws"},
}

CASES = [name for name in breaks() if name not in LEFT]
ON_13 = CASES[::3]


def _site(host, name):
    """What the operator asks of the site, where a break needs it said differently."""
    chosen = breaks()[name]
    asked = SITES.get(name, {})
    scheme = asked.get("scheme", "wss")
    if chosen.path == WS_PATH and scheme == "wss":
        return {}
    site = {"url": f"{scheme}://{host.card.site}{chosen.path}"}
    if asked.get("prefix"):
        site["backend"] = {"path": WS_PATH}
    return site


def _not_reachable(host):
    assert not reachable(host.card.address4, 8000)


def _expected(host, name):
    fault = NAMED.get(breaks()[name].fault, breaks()[name].fault)
    more = {"proved": _not_reachable} if name == "fw-backend-exposed" else {}
    return Course(
        fault,
        advice=fault in ADVICE,
        drift=name in STILL_WORKS,
        only_loaded=name in ONLY_LOADED,
        site=_site(host, name),
        confirm=breaks()[name].confirm,
        **more,
    )


def _parametrised():
    for name in CASES:
        yield pytest.param(name, 12, id=f"{name}-debian12")
    for name in ON_13:
        yield pytest.param(name, 13, id=f"{name}-debian13")


@pytest.mark.parametrize(("name", "release"), list(_parametrised()))
def test_a_fault_is_named_shown_repaired_proved_and_put_back(healthy_host, name, release):
    host = healthy_host(release=release)
    chosen = break_host(host, name)
    course.run(host, chosen, _expected(host, name), golden=name, compare=release == 12)


def test_a_healthy_host_gives_no_finding(healthy_host, release):
    host = healthy_host(release=release)
    before = host.digests()
    done = wsfix("check", "-i", "inventory/lab.py", "--limit", host.name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    assert " ! " not in done.stdout
    assert "unknown" not in done.stdout
    dry = pyinfra("deploys/websocket.py", "--dry", host=host.name)
    assert "nothing to change" in dry.stderr, dry.stderr
    assert host.digests() == before
    assert knock(host.card).word == "101"
