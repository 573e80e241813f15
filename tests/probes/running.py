"""A real server as a process of its own, for as long as the tests need it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .servers import closed_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0


@contextlib.contextmanager
def uvicorn(app: str, log: Path, *more: str) -> Iterator[int]:
    """Serve an ASGI application of the tests; the value is the port."""
    port = closed_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        f"tests.probes.apps.{app}",
        "--port",
        str(port),
        "--ws",
        "websockets",
        *more,
    ]
    with log.open("wb") as output, subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output) as process:
        try:
            _await(port, process, log)
            yield port
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)
