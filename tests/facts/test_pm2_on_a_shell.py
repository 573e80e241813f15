"""PM2 on each shell: a daemon is a real process with PM2's title, node is a real node, and pm2 says what a real one said."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.facts.shells import HostShell, write
from tests.lab.machine import alone
from wsfix.drivers.pm2 import declared
from wsfix.facts import pm2
from wsfix.facts.fragment import HIDE
from wsfix.model.pm2 import Pm2

CANARY = "canary-7f3a9c-value"
TITLE = "import ctypes, sys; ctypes.CDLL(None).prctl(15, b'PM2 v9.9.9: God'); print(flush=True); sys.stdin.read()"
ECOSYSTEM = f"""// {CANARY} in a comment
module.exports = {{
  apps: [{{
    name: 'chat',
    script: '/opt/chat/venv/bin/uvicorn', /* and
      {CANARY} here */
    args: 'server:app --token {CANARY}',
    env: {{ TOKEN: '{CANARY}', PORT: 8000, api_key: "{CANARY[::-1]}", LATER: process.env.LATER }},
    notes: `{CANARY}`,
  }}],
}};
"""


@pytest.fixture(autouse=True)
def no_other_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let one test at a time have a daemon: every process of the machine is asked whether it is one."""
    with alone(tmp_path_factory.getbasetemp().parent / "pm2.lock"):
        yield


def kept(**more: Any) -> dict[str, Any]:
    """One element of what `pm2 jlist` prints."""
    held = {
        "name": "chat",
        "args": ["server:app", "--token", CANARY],
        "exec_interpreter": "none",
        "env": {"TOKEN": CANARY, "PORT": "8000", "api_key": CANARY[::-1]},
        "TOKEN": CANARY,
        "PORT": "8000",
        "api_key": CANARY[::-1],
        "pm_exec_path": "/opt/chat/venv/bin/uvicorn",
        "pm_cwd": "/opt/chat",
        "exec_mode": "fork_mode",
        "status": "stopped",
        "restart_time": 3,
        "unstable_restarts": 0,
        "pm_uptime": 1000,
        **more,
    }
    return {"pid": 0, "name": held["name"], "pm_id": 0, "pm2_env": held}


class Field:
    """A PM2_HOME whose daemon lives while one asks, and the programs of its user."""

    def __init__(self, shell: HostShell, place: Path, listed: str) -> None:
        self.place, self.home = place, place / "home"
        self.home.mkdir(exist_ok=True)
        write(place / "jlist", listed)
        self.user = shell.lines("id -un\n")[0]
        self.bin = place / "bin"
        self.bin.mkdir(exist_ok=True)
        node = shutil.which("node")
        if node:
            (self.bin / "node").symlink_to(node)
        self.shell = shell.with_programs(
            self.bin,
            {
                "pm2": f'echo "$PM2_HOME $*" >> {place}/calls; cat {place}/jlist',
                "getent": f'echo "$2:x:0:0::{place}:/bin/sh"',
            },
        )

    @contextmanager
    def daemon(self) -> Iterator[int]:
        """Run a process with a daemon's title."""
        words = [f"PM2 v9.9.9: God Daemon ({self.home})", "-c", TITLE]
        env = {"PM2_HOME": str(self.home), "PATH": str(self.bin)}
        with subprocess.Popen(
            words, executable=sys.executable, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env
        ) as process:
            assert process.stdout
            process.stdout.readline()
            yield process.pid

    def ask(self, ecosystem: str = "", keys: tuple[str, ...] = (), hidden: str = "") -> tuple[str, Pm2]:
        """Return what is printed, and what that means."""
        wish = [pm2.Kept(self.user, str(self.home), ecosystem)]
        lines = self.shell.lines(f"{HIDE}\nhidden='{hidden}'\n{pm2.fragment(wish, keys, (), 'salt')}")
        return "\n".join(lines), pm2.read(lines)

    @property
    def calls(self) -> str:
        """How pm2 was called."""
        path = self.place / "calls"
        return path.read_text(encoding="utf-8") if path.exists() else ""


def own(seen: Pm2, pid: int) -> Any:
    return next(daemon for daemon in seen.daemons if daemon.pid == pid)


needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node here (apt install nodejs)")


@needs_node
def test_a_daemon_is_found_by_its_title_and_told_without_a_secret(shell: HostShell, place: Path):
    field = Field(shell, place, f">>>> In-memory PM2 is [out-of-date]\n{json.dumps([kept()])}\n")
    file = write(place / "ecosystem.config.js", ECOSYSTEM)
    with field.daemon() as pid:
        text, seen = field.ask(str(file), keys=("TOKEN", "ABSENT"))
    daemon = own(seen, pid)
    assert (daemon.user, daemon.home, daemon.version) == (field.user, str(field.home), "9.9.9")
    assert daemon.program == str(field.bin / "pm2")
    app = daemon.applications[0]
    assert (app.name, app.status, app.restarts, app.running) == ("chat", "stopped", 3, False)
    assert (app.script, app.args, app.cwd) == ("/opt/chat/venv/bin/uvicorn", "server:app --token ***", "/opt/chat")
    assert app.env_digests.keys() == {"TOKEN", "PORT", "api_key"}
    assert field.calls == f"{field.home} jlist\n"
    for secret in (CANARY, CANARY[::-1]):
        assert secret not in text


@needs_node
def test_an_ecosystem_file_is_read_as_text(shell: HostShell, place: Path):
    field = Field(shell, place, json.dumps([kept()]))
    file = write(place / "ecosystem.config.js", f"require('fs').writeFileSync('{place}/ran', '');\n{ECOSYSTEM}")
    with field.daemon() as pid:
        _, seen = field.ask(str(file))
    found = declared(seen.ecosystems[str(file)] or "")[0]
    assert (found.word("name"), found.line_of("args"), found.env["PORT"].line) == ("chat", 8, 9)
    assert found.computes_env
    digests = own(seen, pid).applications[0].env_digests
    assert {key: value.text for key, value in found.env.items()} == {key: digests[key] for key in found.env}
    assert not (place / "ran").exists()


@needs_node
def test_without_a_daemon_no_pm2_is_called_and_the_list_is_read_all_the_same(shell: HostShell, place: Path):
    field = Field(shell, place, "[]")
    write(field.home / "dump.pm2", json.dumps([kept()["pm2_env"], kept(name="shop")["pm2_env"]]))
    _, seen = field.ask()
    assert (seen.saved[str(field.home)].exists, seen.saved[str(field.home)].names) == (True, ("chat", "shop"))
    assert [(one.user, one.home) for one in seen.wanted] == [(field.user, str(field.home))]
    assert field.calls == ""


@needs_node
@pytest.mark.parametrize(
    ("before", "differs"),
    [
        ({}, ""),
        ({"args": ["old:app"]}, "arguments"),
        ({"status": "online"}, "state"),
        ({"TOKEN": "older-value", "pm_uptime": 5}, "TOKEN"),
        ({"exec_mode": "cluster_mode", "pm_cwd": "/srv"}, "working directory, mode"),
    ],
)
def test_what_is_saved_otherwise_is_told(shell: HostShell, place: Path, before: dict[str, Any], differs: str):
    field = Field(shell, place, json.dumps([kept()]))
    write(field.home / "dump.pm2", json.dumps([kept(**before)["pm2_env"]], indent=2))
    with field.daemon():
        _, seen = field.ask(keys=("TOKEN",))
    assert seen.saved[str(field.home)].differs.get("chat", "") == differs


@needs_node
def test_a_process_of_a_cluster_has_the_environment_that_pm2_unpacks_in_it(shell: HostShell, place: Path):
    mine = {"exec_mode": "cluster_mode", "status": "online"}
    started = kept(**mine, TOKEN=CANARY)["pm2_env"]
    environ = {"TOKEN": "of-the-daemon", "pm2_env": json.dumps(started)}
    with subprocess.Popen(["sleep", "60"], env=environ | {"PATH": os.environ["PATH"]}) as worker:
        listed = {**kept(**mine, TOKEN="kept-later"), "pid": worker.pid}
        field = Field(shell, place, json.dumps([listed]))
        write(field.home / "dump.pm2", json.dumps([started]))
        file = write(place / "ecosystem.config.js", ECOSYSTEM)
        with field.daemon() as pid:
            text, seen = field.ask(str(file), keys=("TOKEN", "PORT"))
        worker.kill()
    digests = own(seen, pid).applications[0].env_digests
    written = declared(seen.ecosystems[str(file)] or "")[0].env
    assert {key: digests[key] for key in ("TOKEN", "PORT")} == {key: written[key].text for key in ("TOKEN", "PORT")}
    assert "chat" not in seen.saved[str(field.home)].differs
    assert CANARY not in text


@needs_node
def test_the_end_of_the_error_log_is_told_where_it_is_of_this_start(shell: HostShell, place: Path):
    log = write(
        place / "error.log", f"old\n{'x' * 20000}\nTraceback\n    secret {CANARY}\nof a file: hidden-by-root-1\n"
    )
    started = int(log.stat().st_mtime * 1000)
    field = Field(shell, place, json.dumps([kept(pm_err_log_path=str(log), pm_uptime=started - 1000)]))
    with field.daemon() as pid:
        _, seen = field.ask(hidden="hidden-by-root-1")
        assert own(seen, pid).applications[0].log == ("Traceback", "    secret ***", "of a file: ***")
        write(place / "jlist", json.dumps([kept(pm_err_log_path=str(log), pm_uptime=started + 60000)]))
        _, seen = field.ask()
        assert own(seen, pid).applications[0].log == ()


@needs_node
@pytest.mark.parametrize("listed", ["", "[PM2][ERROR] no\n", "[{", "null"])
def test_a_list_that_makes_no_sense_is_not_an_empty_one(shell: HostShell, place: Path, listed: str):
    field = Field(shell, place, listed)
    with field.daemon() as pid:
        _, seen = field.ask()
    assert own(seen, pid).applications is None


@pytest.mark.skipif(
    (Path(sys.executable).resolve().parent / "node").exists(),
    reason="node stands beside the Python that plays the daemon",
)
def test_without_node_the_names_of_the_saved_list_are_read(shell: HostShell, place: Path):
    field = Field(shell, place, json.dumps([kept()]))
    (field.bin / "node").unlink(missing_ok=True)
    write(field.bin / "node", "#!/bin/sh\nexit 127\n").chmod(0o755)
    write(field.home / "dump.pm2", json.dumps([kept()["pm2_env"]], indent=2))
    with field.daemon() as pid:
        text, seen = field.ask()
    assert own(seen, pid).applications is None
    assert seen.saved[str(field.home)].names == ("chat",)
    assert CANARY not in text


def test_a_host_that_no_site_asks_about_pm2_is_not_asked_for_its_list(shell: HostShell, place: Path):
    field = Field(shell, place, json.dumps([kept()]))
    with field.daemon() as pid:
        lines = field.shell.lines(f"{HIDE}\nhidden=\n{pm2.fragment((), (), (), 'salt')}")
    assert own(pm2.read(lines), pid).applications is None
    assert field.calls == ""
