"""The limits of this machine and logs that were written for it, asked by each kind of shell."""

from __future__ import annotations

import os
import resource
from pathlib import Path

from tests.facts.shells import HostShell, write
from wsfix.facts import capacity, logs

ERRORS = """2026/11/21 12:00:00 [notice] 7#7: signal process started
2026/11/21 12:00:01 [alert] 7#7: *9 768 worker_connections are not enough, request: "GET /ws/1?token=canary-value HTTP/1.1"
"""
ACCESS = """198.51.100.7 - - [21/Nov/2026:12:00:02 +0000] "GET /ws/1?token=canary-value HTTP/1.1" 101 9 "-" "Mozilla/5.0"
chat.example.com:443 198.51.100.8 - - [21/Nov/2026:12:00:03 +0000] "GET /ws/2 HTTP/1.1" 499 0 "-" "Mozilla/5.0"
198.51.100.9 - - [21/Nov/2026:12:00:04 +0000] "GET /other HTTP/1.1" 200 9 "-" "Mozilla/5.0"
198.51.100.9 - - [21/Nov/2026:12:00:05 +0000] "GET /ws/3 HTTP/1.1" 101 9 "-" "wsfix/1.0 (abc)"
"""


def test_this_machine_tells_its_limits(shell: HostShell):
    seen = capacity.Limits.read(shell.lines(capacity.Limits().command()))
    assert seen.processors == os.sysconf("SC_NPROCESSORS_ONLN")
    assert seen.memory is not None
    assert seen.memory[0] >= seen.memory[1] > 0
    assert [disk for disk in seen.disks if disk.path == "/"] != []


def test_a_sysctl_that_answers_one_read_only_is_read(shell: HostShell):
    low, high = (int(word) for word in Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    assert capacity.Limits.read(shell.lines(capacity.Limits().command())).ports == (low, high)


def test_of_a_process_that_listens_files_and_limit_are_told(shell: HostShell, place: Path):
    with_own = shell.with_programs(
        place / "programs", {"ss": f"echo 'LISTEN 0 9 127.0.0.1:8000 0.0.0.0:* users:((\"x\",pid={os.getpid()},fd=3))'"}
    )
    seen = capacity.Limits.read(with_own.lines(capacity.Limits().command())).handles[os.getpid()]
    assert seen.soft == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert seen.open is not None
    assert seen.open >= len([*Path("/proc/self/fd").iterdir()]) - 2


def test_logs_are_read_where_the_configuration_names_them(shell: HostShell, place: Path):
    errors, access = write(place / "log/errors", ERRORS), write(place / "log/access", ACCESS)
    write(place / "etc/nginx.conf", f"error_log {errors} warn;\nhttp {{\n    access_log {access} combined;\n}}\n")
    asked = logs.ProxyLogFiles().command(prefixes="/ws/", kind="nginx", tree=str(place / "etc"))
    lines = shell.lines(asked)
    assert "canary-value" not in "\n".join(lines)
    seen = logs.read_logs(lines)
    assert seen is not None
    assert [line.text for line in seen.errors if line.path == str(errors)] == [
        '2026/11/21 12:00:01 [alert] 7#7: *9 768 worker_connections are not enough, request: "GET /ws/1 HTTP/1.1"'
    ]
    asked_for = [(one.client, one.path, one.status) for one in seen.requests if one.log == str(access)]
    assert asked_for == [("198.51.100.7", "/ws/1", 101), ("198.51.100.8", "/ws/2", 499)]


def test_the_word_of_apache_for_its_logs_is_known(shell: HostShell, place: Path):
    access = write(place / "log/access.log", ACCESS)
    write(place / "etc/envvars", f"export APACHE_LOG_DIR={place}/log\n")
    write(place / "etc/sites/chat.conf", 'CustomLog "${APACHE_LOG_DIR}/access.log" combined\n')
    asked = logs.ProxyLogFiles().command(prefixes="/ws/", kind="apache", tree=str(place / "etc"))
    seen = logs.read_logs(shell.lines(asked))
    assert seen is not None
    assert str(access) in seen.read
