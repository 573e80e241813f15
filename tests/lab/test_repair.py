"""The whole way for every fault on real hosts: broken, named, shown, repaired, proved, left alone, put back."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.lab.breaks import break_host, breaks, fingerprint
from tests.lab.client import WS_PATH, echo, get, knock, reachable
from tests.lab.commands import pyinfra, wsfix

GOLDEN = Path(__file__).parent / "golden"

NAMED = {"nginx-location-missing": "nginx-upgrade-headers-missing", "origin-value-wrong": "env-value-wrong"}
"""The lab's word for a break where wsfix has another for the fault."""
ADVICE = {"nginx-http-to-https-301", "nginx-config-broken", "backend-crash-loop", "backend-wrong-entrypoint"}
LEFT = {"tls-self-signed"}
"""Not among the faults of this release: reported as unexplained."""
STILL_WORKS = {
    "nginx-map-undefined",
    "nginx-config-broken",
    "systemd-not-enabled",
    "fw-backend-exposed",
    "nginx-proxy-read-timeout",
}
"""Breaks that a client does not feel at once: found as drift while the handshake succeeds."""

ONLY_LOADED = {"nginx-edited-not-reloaded", "env-not-loaded"}
"""Repaired by loading what lay on the disk already: there is nothing to put back."""

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
        return None
    site = {"url": f"{scheme}://{host.card.site}{chosen.path}"}
    if asked.get("prefix"):
        site["backend"] = {"path": WS_PATH}
    return site


def _plain(text, host):
    """The diff and the actions of a dry run, without what differs from run to run."""
    lines = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    begin = next((i for i, line in enumerate(lines) if line.startswith("  plan for ")), None)
    if begin is None:
        return ""
    end = next(i for i, line in enumerate(lines) if i > begin and "Ready: " in line)
    kept = "\n".join(line.rstrip() for line in lines[begin + 1 : end]).strip("\n") + "\n"
    kept = kept.replace(host.card.site, "chat.example.com").replace(host.name, "HOST")
    return re.sub(r"\b\d+ open connections?\b", "N open connections", kept).replace(
        "nothing is connected", "drops N open connections"
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
    assert fingerprint(host, chosen).word == chosen.shows
    site = _site(host, name)
    fault = NAMED.get(chosen.fault, chosen.fault)
    before = host.digests()

    dry = pyinfra("deploys/websocket.py", "--dry", host=host.name, site=site)
    assert dry.returncode == 0, dry.stderr
    assert dry.stdout == ""
    if chosen.name in STILL_WORKS:
        assert fault in dry.stderr, dry.stderr
    else:
        named = re.search(r"✗ cause: (?:.*\n)+?\s*WS\d+ (\S+)", dry.stderr)
        assert named, dry.stderr
        assert named[1] == fault, dry.stderr
    assert host.digests() == before, "the dry run wrote something"

    golden = GOLDEN / f"{name}.txt"
    shown = _plain(dry.stderr, host)
    if os.environ.get("WSFIX_ACCEPT"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(shown, encoding="utf-8")
    if release == 12 or not golden.exists():
        assert shown == golden.read_text(encoding="utf-8")

    repair = pyinfra("deploys/websocket.py", "-y", host=host.name, site=site)
    assert repair.returncode == 0, repair.stderr
    if fault in ADVICE:
        assert host.digests() == before, "advice changes nothing"
        return
    assert f"{host.name}: fixed" in repair.stderr, repair.stderr
    assert echo(host.card, "hello", path=chosen.path) == "hello"
    assert get(host.card, name=host.card.shop).status == 200, "the other site still serves"
    if name == "fw-backend-exposed":
        assert not reachable(host.card.address4, 8000)

    after = host.digests()
    again = pyinfra("deploys/websocket.py", "-y", host=host.name, site=site)
    assert again.returncode == 0, again.stderr
    assert "No changes" in again.stderr, again.stderr
    assert host.digests() == after

    back = pyinfra("deploys/rollback.py", "-y", host=host.name, site=site)
    assert back.returncode == 0, back.stderr
    assert host.digests() == before
    if name not in ONLY_LOADED:
        assert fingerprint(host, chosen).word == chosen.shows, "what runs is what it was, too"


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
