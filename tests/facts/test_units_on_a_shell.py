"""Units and journals: the answers are those that real hosts gave, since no systemd runs where tests do; the shell is real.

The lab asks a real systemd.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.facts.shells import HostShell, write
from wsfix.facts import systemd
from wsfix.facts.fragment import HIDE, hidden_values
from wsfix.model.inside import ServiceState

CANARY = "canary-7f3a9c-value"
SHOWN = f"""Restart=no
MainPID=672
Result=success
NRestarts=0
ExecStart={{ path=/bin/sh ; argv[]=/bin/sh -c printf "a\\n"; serve --k {CANARY} = ; ; ignore_errors=no ; start_time=[Sat 2026-11-21 02:43:04 UTC] ; stop_time=[n/a] ; pid=664 ; code=(null) ; status=0/0 }}
EnvironmentFiles=@FILE@ (ignore_errors=no)
EnvironmentFiles=/etc/chat/with space.env (ignore_errors=yes)
WorkingDirectory=!/opt/chat
User=chat
Id=odd@a.service
LoadState=loaded
ActiveState=active
SubState=running
FragmentPath=/etc/systemd/system/odd@.service
UnitFileState=static
"""
JOURNAL = (
    b"Starting odd@a.service...\n"
    b"\n"
    b"esc \x1b[31mred\x1b[0m ff \x0c vt \x0b fs \x1c nel \xc2\x85 ls \xe2\x80\xa8 end\n"
    b"latin \xe9\n"
    b"unit nginx.service\nLoadState masked\nActiveState failed\n" + f"got {CANARY}\n".encode() + b"x" * 395 + CANARY.encode() + b"\n"
    b"50% \\n $HOME `id` 'quoted'\n"
)  # fmt: skip
ODD = "odd@a.service"

SYSTEMCTL = r"""
case "$*" in
  *--value*EnvironmentFiles*|*EnvironmentFiles*--value*) sed -n 's/^EnvironmentFiles=//p' @SHOWN@ ;;
  *--value*) ;;
  *@.service) echo 'Failed to get properties: Unit name odd@.service is neither a valid invocation ID nor unit name.' >&2; exit 1 ;;
  *odd@a.service) cat @SHOWN@ ;;
  *) printf 'Id=%s\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n' "$5" ;;
esac
"""


@pytest.fixture
def host(shell: HostShell, place: Path) -> HostShell:
    env = write(place / "chat.env", f"TOKEN={CANARY}\n")
    shown = write(place / "shown", SHOWN.replace("@FILE@", str(env)))
    journal = write(place / "journal", JOURNAL)
    tools = {
        "systemctl": SYSTEMCTL.replace("@SHOWN@", str(shown)),
        "journalctl": f'case "$*" in *{ODD}*) cat {journal} ;; esac',
    }
    return shell.with_programs(place / "programs", tools)


def units(host: HostShell, *names: str) -> dict[str, ServiceState]:
    script = HIDE + hidden_values(names, (), ()) + systemd.fragment(names)
    done = host.run(f"{{\n{script}\n}} 2>/dev/null")
    return systemd.Units.read(done.stdout.decode("utf-8", "surrogateescape").split("\n")[:-1])


def test_a_unit_is_told_with_its_command_and_files(host: HostShell, place: Path):
    seen = units(host, ODD)[ODD]
    assert (seen.load, seen.active, seen.sub, seen.main_pid) == ("loaded", "active", "running", 672)
    assert (str(place / "chat.env"), "/etc/chat/with space.env") == seen.environment_files
    assert seen.command == '/bin/sh -c printf "a\\n"; serve --k *** = ;'


def test_no_line_of_a_journal_is_taken_for_a_property(host: HostShell):
    seen = units(host, ODD, "nginx.service")
    assert (seen[ODD].load, seen[ODD].active) == ("loaded", "active")
    assert (seen["nginx.service"].load, seen["nginx.service"].log) == ("not-found", ())
    assert {"unit nginx.service", "LoadState masked", "ActiveState failed"} <= set(seen[ODD].log)


def test_a_journal_line_is_one_safe_line(host: HostShell):
    log = units(host, ODD)[ODD].log
    assert JOURNAL.count(b"\n") == len(log)
    assert [line for line in log if not line.isprintable()] == []
    assert "50% \\n $HOME `id` 'quoted'" in log


def test_a_secret_is_hidden_also_where_a_long_line_is_cut(host: HostShell):
    log = units(host, ODD)[ODD].log
    assert "got ***" in log
    assert [line for line in log if CANARY[:5] in line] == []
    assert max(len(line) for line in log) <= systemd.LOG_WIDTH


def test_a_unit_that_cannot_be_asked_is_not_seen(host: HostShell):
    assert units(host, "odd@.service") == {}


def test_a_unit_that_is_missing_is_not_found(host: HostShell):
    assert units(host, "no-such.service")["no-such.service"].load == "not-found"


def test_without_systemd_no_unit_is_seen(shell: HostShell, place: Path):
    assert units(shell.with_programs(place / "none", {"systemctl": "exit 127", "journalctl": "exit 127"}), ODD) == {}
