"""The whole way for every fault of valet, Socket.IO on Node under PM2: as for the chat in test_repair.py, by socket.io-client."""

from __future__ import annotations

import pytest

from tests.lab import course, drawn
from tests.lab.breaks import break_host, breaks
from tests.lab.commands import pyinfra
from tests.lab.courses import course_of
from tests.lab.systems import valet

SYSTEM = "002"
DUMP = f"{valet.PM2_HOME}/dump.pm2"
CASES = list(drawn.cases(breaks(SYSTEM).values(), 13))


def _kept(host):
    """What PM2 has saved, and its ecosystem file: they lie outside the folders that the course compares."""
    return host.sh(f"sha256sum {DUMP} {DUMP}.bak {valet.ECOSYSTEM} 2>&1", check=False).stdout


def _running(host):
    """The processes that PM2 keeps."""
    return host.sh(f"cat {valet.PM2_HOME}/pids/*.pid | sort", check=False).stdout


@pytest.mark.parametrize(("chosen", "release"), CASES, ids=drawn.word)
def test_a_fault_is_named_shown_repaired_proved_and_put_back(healthy_host, chosen, release):
    host = healthy_host(release=release, system=SYSTEM)
    chosen.apply(host)
    kept, running = _kept(host), _running(host)
    expected = course_of(host, chosen)
    course.run(host, chosen, expected, golden=f"{SYSTEM}/{chosen.name}", compare=release == 13)
    assert _kept(host) == kept
    if expected.advice:
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
    kept = _kept(host)
    course.finds_nothing(host, "websocket")
    assert _kept(host) == kept
