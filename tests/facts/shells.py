"""The shells that a host may have, with nothing on their way but the tools of one kind: GNU's or busybox's."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.operations.field import busybox

NOBODY = 65534
SECONDS = 60


@dataclass(frozen=True)
class HostShell:
    """Runs a fragment as a host would: the script comes through standard input."""

    words: tuple[str, ...]
    path: str
    extra: dict[str, str] = field(default_factory=dict)
    user: int | None = None

    def run(self, script: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """Run a script from standard input, or as an argument where it reads standard input itself."""
        words = [*self.words, "-s"] if stdin is None else [*self.words, "-c", script]
        drop: dict[str, Any] = {} if self.user is None else {"user": self.user, "group": self.user, "extra_groups": []}
        return subprocess.run(
            words,
            input=script.encode("utf-8", "surrogateescape") if stdin is None else stdin,
            env={"PATH": self.path, "LC_ALL": "C", **self.extra},
            capture_output=True,
            timeout=SECONDS,
            check=False,
            cwd="/",
            **drop,
        )

    def lines(self, script: str) -> list[str]:
        """Return what a script prints, and insist that it complains about nothing."""
        done = self.run(script)
        assert done.stderr.decode("utf-8", "replace") == ""
        return done.stdout.decode("utf-8", "surrogateescape").split("\n")[:-1]

    def with_programs(self, folder: Path, programs: dict[str, str]) -> HostShell:
        """Return the same shell with further programs, each a shell script, found before all others."""
        folder.mkdir(exist_ok=True)
        for name, text in programs.items():
            (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
            (folder / name).chmod(0o755)
        return HostShell(self.words, f"{folder}:{self.path}", self.extra, self.user)

    def unprivileged(self) -> HostShell:
        """Return the same shell with no rights but everybody's."""
        user = None if os.geteuid() else NOBODY
        return HostShell(self.words, self.path, self.extra, user)


def debian() -> HostShell:
    return HostShell((shutil.which("dash") or "/bin/sh",), "/usr/sbin:/usr/bin:/sbin:/bin")


def small(folder: Path, besides: Iterable[str] = ("ss", "openssl", "nginx")) -> HostShell:
    """Return busybox's shell with busybox's tools, and the few programs that busybox has not."""
    program = busybox()
    assert program
    folder.mkdir()
    for name in subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split():
        (folder / name).symlink_to(program)
    for name in besides:
        found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
        if found and not (folder / name).exists():
            (folder / name).symlink_to(found)
    return HostShell((str(folder / "ash"),), str(folder))


Write = Callable[[Path, bytes | str], Path]


def write(path: Path, content: bytes | str) -> Path:
    """Write a file and the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
