"""The script dies at every command that it runs, the power fails, the disk is full: the host is never left in between."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.field import SAME, Field, ScratchShell, Seen
from wsfix.model.outcome import Status
from wsfix.operations.script import rollback_script

STRIDE = int(os.environ.get("WSFIX_CRASH_STRIDE", "15"))  # 1: at every single command
TOOLS = [
    "base64",
    "cat",
    "chmod",
    "chown",
    "cp",
    "date",
    "dd",
    "find",
    "flock",
    "grep",
    "head",
    "ln",
    "mkdir",
    "mv",
    "printf",
    "readlink",
    "rm",
    "rmdir",
    "setsid",
    "sha256sum",
    "sleep",
    "stat",
    "sync",
    "tail",
    "timeout",
    "touch",
    "tr",
    "unshare",
    "wc",
]
CRASH = """#!/bin/sh
kept=$PATH
PATH=/usr/sbin:/usr/bin:/sbin:/bin
read -r words < /proc/self/stat
session=${words##*) }
session=${session#* * * }
session=${session%% *}
case $(tr '\\0' ' ' < /proc/$session/cmdline) in
*" guard"*) ;;
*)
    if [ "$session" != "$(cat ROOM/outer)" ]; then
        echo >> ROOM/count
        at=$(cat ROOM/at)
        [ $at = 0 ] || [ "$(wc -l < ROOM/count)" -lt "$at" ] || pkill -9 -s "$session"
    fi
    ;;
esac
tool=$(command -v TOOL)
PATH=$kept
exec "$tool" "$@"
"""


class Crashing(ScratchShell):
    """Kills everything in the session of the worker at its command number `at`; the command is not run."""

    def __init__(self, room: Path) -> None:
        super().__init__(path=f"{room}:/usr/sbin:/usr/bin:/sbin:/bin")
        self.room = room
        room.mkdir()
        for name in TOOLS:
            (room / name).write_text(CRASH.replace("ROOM", str(room)).replace("TOOL", name))
            (room / name).chmod(0o755)
        self.arm(0)

    def arm(self, at: int) -> None:
        (self.room / "at").write_text(f"{at}\n")
        (self.room / "count").write_text("")

    @property
    def count(self) -> int:
        return len((self.room / "count").read_text())

    def send(self, text: str) -> int:
        """Run a script; only its worker, which has a session of its own, is hit."""
        started = subprocess.Popen(
            ["sh", "-c", f"echo $$ > {self.room}/outer; exec sh -s"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": self.path},
            start_new_session=True,
        )
        started.communicate(text.encode(), timeout=60)
        return started.returncode


@pytest.fixture
def crashing(tmp_path: Path) -> Crashing:
    return Crashing(tmp_path / "tools")


def test_the_script_dies_at_any_command(tmp_path: Path, crashing: Crashing) -> None:
    for number, at in enumerate(_points(crashing, tmp_path)):
        field = Field(tmp_path / f"field{number}", ScratchShell())
        after = _after(tmp_path / f"sound{number}", field)
        crashing.arm(at)
        if crashing.send(field.script().text) == 0:  # two commands of one pipeline may count in either order
            field.leave()
            break
        _never_between(field, after, at)
        field.leave()
        _recover(field, at)
        assert field.seen() == field.before, at


def _points(crashing: Crashing, tmp_path: Path) -> Iterator[int]:
    """Every command of a run; every seventh one walks through all of the steps."""
    field = Field(tmp_path / "count", ScratchShell())
    crashing.arm(0)
    assert crashing.send(field.script().text) == 0
    total = crashing.count
    field.leave()
    assert total > 60
    yield from range(1, total + 1, STRIDE)


def test_the_undo_dies_at_any_command(tmp_path: Path, crashing: Crashing) -> None:
    for number, at in enumerate(_points_of_undo(crashing, tmp_path)):
        field = Field(tmp_path / f"field{number}", ScratchShell())
        assert field.apply().status == 0
        after = field.seen(times=False)
        crashing.arm(at)
        crashing.send(rollback_script(base=str(field.base)).text)
        _never_between(field, after, at)
        field.leave()
        _recover(field, at)
        assert field.seen() == field.before, at


def _points_of_undo(crashing: Crashing, tmp_path: Path) -> Iterator[int]:
    field = Field(tmp_path / "count", ScratchShell())
    assert field.apply().status == 0
    crashing.arm(0)
    assert crashing.send(rollback_script(base=str(field.base)).text) == 0
    assert field.seen() == field.before
    field.leave()
    yield from range(1, crashing.count + 1, STRIDE)


def _after(directory: Path, like: Field) -> Seen:
    field = Field(directory, ScratchShell())
    assert field.apply().status == 0
    field.leave()
    inside = str(field.root).encode()
    return {
        name: tuple(part.replace(inside, str(like.root).encode()) if isinstance(part, bytes) else part for part in seen)
        for name, seen in field.seen(times=False).items()
    }


def _never_between(field: Field, after: Seen, at: int) -> None:
    """Every file that a server reads is the old one or the new one; only what has two names is written in place."""
    before = {name: value[:5] for name, value in field.before.items()}
    for name, value in field.seen(times=False).items():
        if "/.wsfix-" in name or "hard" in name or name in {"etc/ufw/user.rules", "etc/nginx/here.conf"}:
            continue
        assert value[:5] in {before.get(name), after.get(name, ())[:5]}, (at, name)
    hard = field.seen()["etc/nginx/hard.conf"][4]
    old, new = (world["etc/nginx/hard.conf"][4] for world in (field.before, after))
    assert isinstance(hard, bytes)
    assert bytes(old).startswith(hard) or bytes(new).startswith(hard), at  # type: ignore[arg-type]


def _recover(field: Field, at: int) -> None:
    """What an operator does: look, roll back if something is open, and repair again."""
    states = field.states()
    assert states in ([], ["open"], ["waiting"], ["undone"]), (at, states)
    if states in (["open"], ["waiting"]):
        done = field.undo_by_hand()
        assert done.returncode == 0, (at, done.stdout, done.stderr)
        assert field.states() == ["undone"]
    seen = field.seen()
    assert seen == field.before, at
    again = field.repair(verdict=SAME)
    assert again.status is Status.ROLLED_BACK, (at, again.message)


def test_a_disk_that_is_full_changes_nothing(tmp_path: Path) -> None:
    """Both the disk of the files and the disk of the backups, from no room at all to just enough."""
    ends = set()
    for number, free in enumerate(
        (0, 4, 16, 64, 72, 80, 88, 96, 104, 112, 120, 136, 152, 168, 184, 200, 232, 264, 400)
    ):
        field = Field(tmp_path / f"field{number}", ScratchShell())
        with _small_disk(field.base.parent, free):
            outcome = field.repair(verdict=SAME)
            assert outcome.status in {Status.REFUSED, Status.ROLLED_BACK}, (free, outcome.message)
            assert field.seen() == field.before, free
            assert field.states() in ([], ["undone"]), free
            ends.add(outcome.message.partition(":")[0])
    assert len(ends) > 2


def test_a_full_disk_beside_the_files_changes_nothing(tmp_path: Path) -> None:
    for number, free in enumerate((0, 4, 8, 12, 16, 20, 24, 28, 32, 48)):
        field = Field(tmp_path / f"field{number}", ScratchShell())
        with _small_disk(field.root / "etc", free, keep=True):
            before = field.seen()
            outcome = field.repair(verdict=SAME)
            assert outcome.status is Status.ROLLED_BACK, (free, outcome.message)
            assert field.seen() == before, free


class _small_disk:  # noqa: N801
    """A disk of a megabyte with so many KiB free."""

    def __init__(self, place: Path, free: int, *, keep: bool = False) -> None:
        self.place, self.free, self.keep = place, free, keep

    def __enter__(self) -> None:
        aside = self.place.with_name(f"{self.place.name}.aside")
        subprocess.run(["cp", "-a", self.place, aside], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", self.place], check=True)
        if self.keep:
            subprocess.run(["cp", "-a", f"{aside}/.", self.place], check=True)
        subprocess.run(["rm", "-r", aside], check=True)
        used = int(
            subprocess.run(
                ["df", "--output=avail", self.place], capture_output=True, text=True, check=True
            ).stdout.split()[1]
        )
        (self.place / "ballast").write_bytes(b"x" * (used - self.free) * 1024)

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", self.place], check=True)
