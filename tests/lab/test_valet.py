"""The whole way for every fault of valet, Socket.IO on Node under PM2: as for the chat in test_repair.py, by socket.io-client."""

from __future__ import annotations

import pytest

from tests.lab import course
from tests.lab.breaks import break_host, breaks
from tests.lab.commands import pyinfra, wsfix
from tests.lab.course import Course
from tests.lab.systems import valet

SYSTEM = "002"
DUMP = f"{valet.PM2_HOME}/dump.pm2"
OLD_APP = {"socketio": {"engine": 3}}
"""What the operator writes where the apps are built with Socket.IO 2."""

WAYS = {
    "sio-path-mismatch": Course(
        "sio-path-mismatch", advice=True, says=("the signature of Engine.IO at another path", "answers at /socket.io/")
    ),
    "sio-trailing-slash": Course("nginx-proxy-pass-uri-strips", healthy="websocket"),
    "sio-eio-version": Course("sio-eio-version", advice=True, site=OLD_APP, says=("allowEIO3: true",)),
    "sio-no-sticky": Course(
        "pm2-cluster-mode",
        confirm="pm2-cluster-mode",
        healthy="polling",
        says=("requests of one polling session reach different processes (because of pm2-cluster-mode)",),
    ),
    "sio-stuck-polling": Course(
        "nginx-upgrade-headers-missing",
        healthy="websocket",
        says=("clients stay on polling", "(because of nginx-upgrade-headers-missing)"),
    ),
    "sio-middleware-auth": Course("sio-middleware-auth", advice=True, says=("refuses the namespace /: Unauthorized",)),
    "backend-not-running": Course("backend-not-running", healthy="websocket"),
    "pm2-not-saved": Course("pm2-not-saved", drift=True, healthy="websocket"),
}
ON_12 = ("sio-path-mismatch", "sio-no-sticky", "backend-not-running")


def _parametrised():
    for name in breaks(SYSTEM):
        yield pytest.param(name, 13, id=f"{name}-debian13")
    for name in ON_12:
        yield pytest.param(name, 12, id=f"{name}-debian12")


def _kept(host):
    """What PM2 has saved, and its ecosystem file: they lie outside the folders that the course compares."""
    return host.sh(f"sha256sum {DUMP} {DUMP}.bak {valet.ECOSYSTEM} 2>&1", check=False).stdout


def _running(host):
    """The processes that PM2 keeps."""
    return host.sh(f"cat {valet.PM2_HOME}/pids/*.pid | sort", check=False).stdout


@pytest.mark.parametrize(("name", "release"), list(_parametrised()))
def test_a_fault_is_named_shown_repaired_proved_and_put_back(healthy_host, name, release):
    host = healthy_host(release=release, system=SYSTEM)
    chosen = break_host(host, name)
    kept, running = _kept(host), _running(host)
    course.run(host, chosen, WAYS[name], golden=f"{SYSTEM}/{name}", compare=release == 13)
    assert _kept(host) == kept
    if WAYS[name].advice:
        assert _running(host) == running, "advice restarts nothing"


def test_a_cluster_has_its_files_environment_and_is_made_smaller_with_consent_only(healthy_host):
    host = healthy_host(release=13, system=SYSTEM)
    break_host(host, "sio-no-sticky")
    kept, running = _kept(host), _running(host)
    done = pyinfra("deploys/websocket.py", "-y", host=host.name)
    assert "WSFIX_CONFIRM=pm2-cluster-mode" in done.stderr, done.stderr
    assert "pm2-env-cached" not in done.stderr, done.stderr
    assert "pm2-not-saved" not in done.stderr, done.stderr
    assert (_kept(host), _running(host)) == (kept, running)


def test_a_healthy_host_gives_no_finding(healthy_host, release):
    host = healthy_host(release=release, system=SYSTEM)
    before, kept = host.digests(), _kept(host)
    done = wsfix("check", "-i", "inventory/lab.py", "--limit", host.name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    assert " ! " not in done.stdout
    assert "unknown" not in done.stdout
    dry = pyinfra("deploys/websocket.py", "--dry", host=host.name)
    assert "nothing to change" in dry.stderr, dry.stderr
    assert (host.digests(), _kept(host)) == (before, kept)
    assert host.system.knock(host.card).word == "websocket"
