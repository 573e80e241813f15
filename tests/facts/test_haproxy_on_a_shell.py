"""How HAProxy's program is asked, by a program that stands in its place; the real one answers in the lab."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.facts.shells import HostShell, write
from wsfix.facts import haproxy
from wsfix.model.inside import Process, ProxyState, ServerHealth

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: HAProxy is tested with its keys")
PROGRAM = """\
case "$*" in
-v) echo 'HAProxy version 2.6.12-1+deb12u1 2023/04/11 - https://haproxy.org/'; echo 'Status: long-term' ;;
*-c*) echo "[NOTICE] (1) : haproxy version is 2.6.12" >&2; echo "[ALERT] (1) : config : $*" >&2; exit {status} ;;
esac
"""


def asked(shell: HostShell, place: Path, status: int = 0) -> ProxyState:
    main = write(place / "etc/haproxy/haproxy.cfg", "global\n")
    stub = shell.with_programs(
        place / "programs", {"haproxy": PROGRAM.replace("{status}", str(status)), "journalctl": "exit 1"}
    )
    seen = haproxy.read_program(stub.lines(haproxy.fragment(str(main))), {}, str(main))
    assert seen is not None
    return seen


@needs_root
def test_version_and_test(shell: HostShell, place: Path):
    seen = asked(shell, place)
    assert (seen.kind, seen.version, seen.test_passed, seen.test_output) == ("haproxy", "2.6.12", True, "")


@needs_root
def test_a_refused_configuration_says_why_without_the_notices(shell: HostShell, place: Path):
    seen = asked(shell, place, status=1)
    assert seen.test_passed is False
    assert seen.test_output.startswith("[ALERT]")
    assert "haproxy.cfg" in seen.test_output


def test_without_root_the_test_is_not_made(shell: HostShell, place: Path):
    seen = asked(shell.unprivileged(), place, status=1)
    assert (seen.version, seen.test_passed) == ("2.6.12", None)


def _process(pid: int, started: float) -> Process:
    return Process(pid, "haproxy", "haproxy -Ws", "/", "", "root", "haproxy.service", started)


HEAD = "haproxy /usr/sbin/haproxy\nversion HAProxy version 3.0.11-1+deb13u1 2025/06/02\ntest 0\n"


def test_the_newest_worker_counts_and_old_ones_are_counted():
    lines = f"{HEAD}process 10 1\nprocess 20 10\nprocess 30 10\nfile /etc/haproxy/haproxy.cfg\nfile /etc/haproxy/conf.d".splitlines()
    running = {10: _process(10, 1.0), 20: _process(20, 2.0), 30: _process(30, 3.0)}
    seen = haproxy.read_program(lines, running, "/etc/haproxy/haproxy.cfg")
    assert seen is not None
    assert (seen.version, seen.newest_worker, seen.old_workers) == ("3.0.11", 3.0, 1)
    assert seen.master == running[10]
    assert (seen.config_path, seen.more) == ("/etc/haproxy/haproxy.cfg", ("/etc/haproxy/conf.d",))
    assert (seen.servers, seen.capacity) == (None, None)


def test_a_daemon_without_a_master_is_its_own_worker():
    seen = haproxy.read_program(f"{HEAD}process 10 1".splitlines(), {10: _process(10, 5.0)}, "/etc/haproxy/haproxy.cfg")
    assert seen is not None
    assert (seen.newest_worker, seen.old_workers) == (5.0, 0)


def test_health_by_the_stats_socket():
    rows = [
        "stat # pxname,svname,status,type,check_status,check_code,check_desc",
        "stat web,FRONTEND,OPEN,0,,,",
        "stat chat,app,DOWN,2,L7STS,404,Not Found",
        "stat chat,BACKEND,DOWN,1,,,",
        "stat chat,next,DOWN,2,* L7STS,404,Not Found",
        "stat shop,app,no check,2,,,",
        "info Maxconn: 2000",
        "info CurrConns: 12",
    ]
    seen = haproxy.read_program([*HEAD.splitlines(), *rows], {}, "/etc/haproxy/haproxy.cfg")
    assert seen is not None
    assert seen.servers == (
        ServerHealth("chat", "app", "DOWN", "L7STS Not Found", "404", "show stat"),
        ServerHealth("chat", "next", "DOWN", "L7STS Not Found", "404", "show stat"),
        ServerHealth("shop", "app", "no check", "", "", "show stat"),
    )
    assert [one.down for one in seen.servers] == [True, True, False]
    assert seen.capacity == (12, 2000)


def test_health_by_the_last_word_of_the_log():
    rows = [
        "health Server chat/app is DOWN, reason: Layer7 wrong status, code: 404, check duration: 2ms.",
        "health Server shop/app is DOWN, reason: Layer4 connection problem, info: ",
        "health Server shop/app is UP, reason: Layer7 check passed, code: 200, check duration: 1ms.",
    ]
    seen = haproxy.read_program([*HEAD.splitlines(), *rows], {}, "/etc/haproxy/haproxy.cfg")
    assert seen is not None
    assert seen.servers == (
        ServerHealth("chat", "app", "DOWN", "Layer7 wrong status", "404", "the log"),
        ServerHealth("shop", "app", "UP", "Layer7 check passed", "200", "the log"),
    )


def test_a_host_without_it():
    assert haproxy.read_program([], {}, "/etc/haproxy/haproxy.cfg") is None
