"""The words for PM2 under a real shell: whose environment reaches it, and that no value stands on a command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wsfix.drivers.pm2 import Cli

CANARY = "canary-7f3a9c-value"
TITLE = "import ctypes, sys; ctypes.CDLL(None).prctl(15, b'PM2 v9.9.9: God'); print(flush=True); sys.stdin.read()"
RUNUSER = '#!/bin/sh\nprintf "%s\\n" "$*" >> @LOG@.words\nenv >> @LOG@.env\ncase $* in *describe*) exit ${DESCRIBED:-0} ;; esac\n'


class Field:
    """A PM2_HOME, and a runuser that writes down what it is given instead of becoming somebody."""

    def __init__(self, place: Path) -> None:
        self.place, self.log = place, place / "log"
        self.home = place / "home of pm2"
        (self.home / "pids").mkdir(parents=True)
        programs = place / "bin"
        programs.mkdir()
        for name, text in {"runuser": RUNUSER.replace("@LOG@", str(self.log)), "node": "#!/bin/sh\n"}.items():
            (programs / name).write_text(text, encoding="utf-8")
            (programs / name).chmod(0o755)
        self.cli = Cli("root", str(self.home), str(programs / "pm2"))

    def run(self, command: str, **environ: str) -> int:
        env = {"PATH": f"{self.place / 'bin'}:{os.environ['PATH']}", "LEAKED": "from-the-caller", **environ}
        done = subprocess.run(["/bin/sh", "-c", command], env=env, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode

    def words(self) -> list[str]:
        path = Path(f"{self.log}.words")
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def environment(self) -> dict[str, str]:
        lines = Path(f"{self.log}.env").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    @contextmanager
    def daemon(self, **environ: str) -> Iterator[int]:
        """Run a process with the title of a daemon, and let it be the application, too."""
        words = ["PM2 v9.9.9: God Daemon", "-c", TITLE]
        env = {**os.environ, **environ}
        with subprocess.Popen(
            words, executable=sys.executable, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env
        ) as process:
            assert process.stdout
            process.stdout.readline()
            for name in ("pm2.pid", "pids/chat-0.pid"):
                (self.home / name).write_text(str(process.pid), encoding="ascii")
            yield process.pid


@pytest.fixture
def field(tmp_path: Path) -> Field:
    return Field(tmp_path)


def test_nothing_of_the_caller_reaches_what_pm2_starts(field: Field):
    assert field.run(field.cli.start_file(str(field.place / "ecosystem.config.js"), "chat")) == 0
    env = field.environment()
    assert "LEAKED" not in env
    assert (env["PM2_HOME"], env["PWD"], env["HOME"]) == (str(field.home), str(field.place), "/root")
    assert field.words() == [f"-u root -- {field.place}/bin/pm2 start {field.place}/ecosystem.config.js --only chat"]


@pytest.mark.parametrize(
    "line",
    [
        f"TOKEN={CANARY}",
        f"export TOKEN={CANARY}",
        f'TOKEN="{CANARY}"',
        f"TOKEN='{CANARY}'",
        f"  TOKEN = {CANARY}  \r",
        f"TOKEN=old\nTOKEN={CANARY}",
    ],
)
def test_values_of_the_file_are_carried_and_stand_on_no_command_line(field: Field, line: str):
    file = field.place / "chat.env"
    file.write_text(f"# TOKEN=no\nOTHER=stays\n{line}\n", encoding="utf-8")
    with field.daemon(PATH="/opt/own/bin:/usr/bin:/bin"):
        assert field.run(field.cli.restart_with("chat", str(file), ["TOKEN"])) == 0
    env = field.environment()
    assert env["TOKEN"] == CANARY
    assert "OTHER" not in env
    assert "LEAKED" not in env
    assert "HOME" not in env, "what the application has is not written over"
    assert env["PATH"].startswith("/opt/own/bin:/usr/bin:/bin"), "its own PATH is handed back to it"
    assert CANARY not in " ".join(field.words())
    assert field.words() == [f"-u root -- {field.place}/bin/pm2 restart chat --update-env"]


def test_signs_of_a_shell_in_a_value_are_no_commands(field: Field):
    value = "a b$(touch x)`id`;\\n*"
    file = field.place / "chat.env"
    file.write_text(f"TOKEN='{value}'\n", encoding="utf-8")
    assert field.run(field.cli.restart_with("chat", str(file), ["TOKEN"])) == 0
    assert field.environment()["TOKEN"] == value


@pytest.mark.parametrize("word", ["stop", "delete", "kill"])
def test_what_takes_back_starts_no_daemon(field: Field, word: str):
    command = field.cli.kill() if word == "kill" else getattr(field.cli, word)("chat")
    assert field.run(command) == 0
    assert field.words() == []


@pytest.mark.parametrize("word", ["stop", "delete"])
def test_what_takes_back_does_so_only_where_there_is_something(field: Field, word: str):
    with field.daemon():
        assert field.run(getattr(field.cli, word)("chat")) == 0
    assert [line.rpartition("/pm2 ")[2] for line in field.words()] == ["describe chat", f"{word} chat"]


def test_a_list_is_saved_only_by_a_daemon_that_lives(field: Field):
    assert field.run(field.cli.save()) == 1
    assert field.words() == []
    with field.daemon():
        assert field.run(field.cli.save()) == 0
    assert [line.rpartition("/pm2 ")[2] for line in field.words()] == ["save --force"]
