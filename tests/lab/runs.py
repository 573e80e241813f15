"""Runs that go on while the test acts: paused at pyinfra's question, watched, ended as a power switch would."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from typing import Any, Self

from tests.lab.commands import BIN, ROOT, SECONDS
from tests.lab.host import until
from tests.lab.inventory import OVERRIDDEN, OVERRIDES

QUESTION = "Press enter to execute"


class Run:
    """A `pyinfra inventory/lab.py WORDS` that was started and not awaited; what it says is kept."""

    def __init__(self, *words: str, host: str, site: dict[str, Any] | None = None, **environ: str) -> None:
        """Start it; without `-y` it stops at its question until `answer` is called."""
        env = {**os.environ, "PYINFRA_PROGRESS": "off", "NO_COLOR": "1", **environ}
        if site:
            env |= {OVERRIDES: json.dumps(site), OVERRIDDEN: host}
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `__exit__`
        self.process = subprocess.Popen(
            [BIN / "pyinfra", "inventory/lab.py", *words, "--limit", host],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=self._said,
            stderr=self._said,
        )

    def __enter__(self) -> Self:
        """Leave no process behind."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what still runs."""
        if self.process.stdin:
            self.process.stdin.close()
        self.kill()
        self._said.close()

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    @property
    def text(self) -> str:
        """What it said so far, on both of its outputs, without the line breaks of the terminal's width."""
        size = os.fstat(self._said.fileno()).st_size
        return flat(os.pread(self._said.fileno(), size, 0).decode("utf-8", "replace"))

    def until_it_asks(self) -> None:
        """Wait for the question that stands between plan and repair."""
        until(SECONDS, "pyinfra to ask whether to go on", lambda: QUESTION in self.text or self._ended())

    def answer(self) -> None:
        """Press enter."""
        assert self.process.stdin
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        """End it at once, without a word to it (SIGKILL)."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Wait for its end and return its exit status."""
        return self.process.wait(SECONDS)

    def _ended(self) -> bool:
        assert self.process.poll() is None, self.text
        return False


def flat(text: str) -> str:
    """Return a report's words without the line breaks of the terminal's width."""
    return " ".join(text.split())
