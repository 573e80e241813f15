"""A real Caddy on loopback: the truth that the model is compared with."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from tests.drivers.real_nginx import of_the_lab

CADDY = shutil.which("caddy", path="/usr/bin:/usr/local/bin:/usr/sbin") or of_the_lab("caddy")
needs_caddy = pytest.mark.skipif(CADDY is None, reason="no Caddy: install one, or build the lab's image (make lab-up)")
OPTIONS = "{\n\tadmin off\n\tauto_https off\n\tgrace_period 1ms\n}\n"


@cache
def version() -> str:
    """The version that the program tells of itself."""
    assert CADDY
    told = subprocess.run([CADDY, "version"], capture_output=True, text=True, check=True).stdout
    return told.split()[0].lstrip("v")


def adapted(main: Path) -> subprocess.CompletedProcess[str]:
    """What `caddy adapt` says of a Caddyfile."""
    assert CADDY
    command = [CADDY, "adapt", "--adapter", "caddyfile", "--config", str(main)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=_environment(main.parent))


@contextmanager
def running(text: str, port: int, folder: Path) -> Iterator[None]:
    """Caddy as one child process with a configuration, until the end of the block."""
    assert CADDY
    path = folder / "Caddyfile"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    command = [CADDY, "run", "--adapter", "caddyfile", "--config", str(path)]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stderr=log, stdout=log, env=_environment(folder)) as child,
    ):
        try:
            _wait(port, child, folder / "log")
            yield
        finally:
            child.terminate()
            child.wait(timeout=20)


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}


def _wait(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(400):
        if child.poll() is not None:
            raise AssertionError(log.read_text())
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("Caddy does not answer")
