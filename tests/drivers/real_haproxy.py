"""A real HAProxy on loopback: the truth that the model is compared with."""

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

PLACES = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
HAPROXY = shutil.which("haproxy", path=PLACES) or of_the_lab("haproxy")
needs_haproxy = pytest.mark.skipif(
    HAPROXY is None, reason="no HAProxy: install one, or build the lab's image (make lab-up)"
)
ENVIRONMENT = {"PATH": os.environ.get("PATH", PLACES)}


@cache
def version() -> str:
    """The version that the program tells of itself."""
    assert HAPROXY
    told = subprocess.run([HAPROXY, "-v"], capture_output=True, text=True, check=True).stdout
    return told.split()[2].partition("-")[0]


def whole(text: str) -> str:
    """A configuration around what is to be tested."""
    return (
        "defaults\n  mode http\n  timeout connect 2s\n  timeout client 20s\n  timeout server 20s\n"
        f"  timeout http-request 20s\n\n{text}"
    )


def tested(*files: Path) -> subprocess.CompletedProcess[str]:
    """What `haproxy -c` says of a configuration."""
    assert HAPROXY
    words = [word for file in files for word in ("-f", str(file))]
    return subprocess.run([HAPROXY, "-c", *words], capture_output=True, text=True, check=False, env=ENVIRONMENT)


@contextmanager
def running(text: str, port: int, folder: Path) -> Iterator[None]:
    """HAProxy as one child process in the foreground, until the end of the block."""
    assert HAPROXY
    path = folder / "haproxy.cfg"
    path.write_text(text, encoding="latin-1")
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen([HAPROXY, "-db", "-f", str(path)], stderr=log, env=ENVIRONMENT) as child,
    ):
        try:
            _wait(port, child, folder)
            yield
        finally:
            child.terminate()
            child.wait(timeout=20)


def _wait(port: int, child: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(200):
        if child.poll() is not None:
            raise AssertionError((folder / "log").read_text())
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("HAProxy does not answer")
