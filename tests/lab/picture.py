"""Draws the picture of the README: the dry run on a host that is broken as in the first story, as an SVG.

python -m tests.lab.picture docs/dry-run.svg
"""

from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from tests.lab import machine
from tests.lab.breaks import break_host
from tests.lab.commands import BIN, ROOT
from tests.lab.demo.chat import STORY
from tests.lab.furnish import Variant
from tests.lab.laboratory import Lab

COLUMNS = 84
COMMAND = ("pyinfra", "inventory/lab.py", "deploys/websocket.py", "--dry")


def main(target: Path) -> None:
    """Break a host, look at it, and draw what the operator reads."""
    machine.prepare()
    lab = Lab.create()
    os.environ["WSFIX_LAB_RUN"] = lab.name
    try:
        host = lab.start("web1", Variant(release=12))
        break_host(host, STORY)
        told = on_a_terminal([str(BIN / COMMAND[0]), *COMMAND[1:]])
    finally:
        lab.close()
    told = told.replace(host.card.site, "chat.example.com")
    lines = [line.removeprefix("    ") for line in told.splitlines()]
    first = next(i for i, line in enumerate(lines) if "wss://" in line)
    last = next(i for i, line in enumerate(lines) if "reload nginx" in line)
    target.write_text(draw("\n".join(lines[first : last + 1])), encoding="utf-8")


def on_a_terminal(words: list[str]) -> str:
    """Run a command whose error output is a terminal, as a person's is, and return what that shows."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        pieces = []
        with contextlib.suppress(OSError):  # a terminal that nobody holds any more ends with EIO
            while piece := os.read(ours, 65536):
                pieces.append(piece)
    os.close(ours)
    if process.returncode:
        raise machine.LabError(b"".join(pieces).decode("utf-8", "replace"))
    return b"".join(pieces).decode("utf-8", "replace").replace("\r\n", "\n")


def draw(text: str) -> str:
    """Return a terminal's window as SVG; fonts are those of the reader's machine, nothing is fetched."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(text), soft_wrap=True)
    template = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    return console.export_svg(title=" ".join((COMMAND[0], "inventory/prod.py", *COMMAND[2:])), code_format=template)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
