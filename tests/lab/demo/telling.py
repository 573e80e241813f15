"""How a story is told on a terminal: headings, lines, commands as an operator types them, and what must hold."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping

from tests.lab.commands import BIN, ROOT

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def chapter(text: str) -> None:
    """Print the heading of a step."""
    print(f"\n{bold(text)}", flush=True)


def say(text: str) -> None:
    """Print a line of the story."""
    print(text, flush=True)


def bold(text: str) -> str:
    """Return the text in bold where a person reads it."""
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


def run(*words: str) -> None:
    """Run a command as the operator types it and let its output through."""
    print(f"\n$ {' '.join(words)}", flush=True)
    done = subprocess.run([BIN / words[0], *words[1:]], cwd=ROOT, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise AssertionError(f"`{' '.join(words)}` ended with {done.returncode}")


def read(*words: str, environ: Mapping[str, str] | None = None) -> str:
    """Run a command as the operator types it, let its output through, and give back what it said, without colours."""
    print(f"\n$ {' '.join(words)}", flush=True)
    colour = {"CLICOLOR_FORCE": "1"} if sys.stdout.isatty() else {}
    said = []
    with subprocess.Popen(
        [BIN / words[0], *words[1:]],
        cwd=ROOT,
        env={**os.environ, "PYINFRA_PROGRESS": "off", **colour, **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as started:
        for line in started.stdout or ():
            print(line, end="", flush=True)
            said.append(line)
    if started.returncode:
        raise AssertionError(f"`{' '.join(words)}` ended with {started.returncode}")
    return ANSI.sub("", "".join(said))


def check(what: str, holds: Callable[[], bool]) -> None:
    """Say that something holds, or fail."""
    if not holds():
        raise AssertionError(f"not so: {what}")
    print(f"  ✓ {what}", flush=True)
