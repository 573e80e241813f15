"""supervisor, asked as it answers: by states, by silence, or not at all where it is not installed; the shell is real."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.facts.shells import HostShell
from wsfix.facts import supervisor

STATUS = "chat   STOPPED   Not started\nworker RUNNING   pid 20, uptime 1:00:00"


@pytest.mark.parametrize("code", [0, 3])
def test_the_states_are_told_whether_or_not_all_run(shell: HostShell, place: Path, code: int):
    host = shell.with_programs(
        place / "programs", {"supervisorctl": f"printf '%s\\n' '{STATUS}'; exit {code}", "systemctl": "exit 0"}
    )
    seen = supervisor.read_programs(host.lines(supervisor.Programs().command()))
    assert seen is not None
    assert [(one.name, one.state, one.said) for one in seen] == [
        ("chat", "STOPPED", "Not started"),
        ("worker", "RUNNING", "pid 20, uptime 1:00:00"),
    ]


def test_a_daemon_that_does_not_answer_is_not_seen(shell: HostShell, place: Path):
    host = shell.with_programs(
        place / "programs",
        {"supervisorctl": "echo unix:///run/supervisor.sock no such file; exit 4", "systemctl": "exit 0"},
    )
    assert supervisor.read_programs(host.lines(supervisor.Programs().command())) is None


def test_a_daemon_that_does_not_run_is_not_asked(shell: HostShell, place: Path):
    host = shell.with_programs(place / "programs", {"supervisorctl": "echo asked >&2; exit 0", "systemctl": "exit 3"})
    lines = host.lines(supervisor.Programs().command())
    assert lines == ["silent its daemon does not run"]
    assert supervisor.read_programs(lines) is None


def test_where_it_is_not_installed_it_keeps_nothing(shell: HostShell):
    assert supervisor.read_programs(shell.lines(supervisor.Programs().command())) == ()
