"""A real Apache on loopback: the truth that the model is compared with."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from tests.drivers.real_nginx import of_the_lab

PLACES = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/usr/local/apache2/bin"
MODULES = (
    "mpm_event", "authz_core", "authz_host", "access_compat", "alias", "dir", "env", "headers", "macro",
    "proxy", "proxy_http", "proxy_wstunnel", "proxy_balancer", "lbmethod_byrequests", "slotmem_shm", "rewrite", "setenvif",
)  # fmt: skip


def _installed() -> str | None:
    return shutil.which("apache2", path=PLACES) or shutil.which("httpd", path=PLACES)


APACHE = _installed() or of_the_lab("apache2")
needs_apache = pytest.mark.skipif(
    APACHE is None, reason="no Apache: install one, or build the lab's image (make lab-up)"
)


@cache
def folder_of_modules() -> Path | None:
    """Where mod_proxy.so lies: beside the program, of this machine or of a lab image."""
    text = Path(APACHE or "").read_bytes()[:2000] if APACHE else b""
    inside = re.search(rb"(\S+)/usr/sbin/apache2", text)
    root = Path(inside[1].decode()) if inside else Path("/")
    places = [
        root / place for place in ("usr/lib/apache2/modules", "usr/local/apache2/modules", "usr/lib/httpd/modules")
    ]
    return next((place for place in places if (place / "mod_proxy.so").exists()), None)


@cache
def version() -> str:
    """The version that the program tells of itself."""
    assert APACHE
    told = subprocess.run([APACHE, "-v"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"Apache/(\S+)", told)
    assert found
    return found[1]


def load(modules: Iterable[str] = MODULES) -> str:
    """The LoadModule lines for modules."""
    return "".join(f"LoadModule {name}_module {folder_of_modules()}/mod_{name}.so\n" for name in modules)


def whole(text: str, port: int, folder: Path, modules: Iterable[str] = MODULES) -> str:
    """A main file around what is to be tested; everything that Apache writes goes into a folder."""
    return (
        f"ServerRoot {folder}\nDefaultRuntimeDir {folder}\nPidFile {folder}/pid\nErrorLog {folder}/error.log\n"
        f"ServerName main.test\nUser #65534\nGroup #65534\nListen 127.0.0.1:{port}\n{load(modules)}"
        f"ThreadsPerChild 16\nMaxRequestWorkers 16\nKeepAlive On\nMaxKeepAliveRequests 0\nDocumentRoot /usr/share\n{text}"
    )


def tested(main: Path) -> subprocess.CompletedProcess[str]:
    """What `apache2 -t` says of a configuration."""
    assert APACHE
    return subprocess.run([APACHE, "-t", "-f", main], capture_output=True, text=True, check=False)


@contextmanager
def running(text: str, port: int, folder: Path) -> Iterator[None]:
    """Apache as one child process with a configuration, until the end of the block."""
    assert APACHE
    path = folder / "apache2.conf"
    path.write_text(text, encoding="utf-8")
    with subprocess.Popen([APACHE, "-X", "-f", str(path)], stderr=subprocess.PIPE) as child:
        try:
            _wait(port, child, folder)
            yield
        finally:
            child.terminate()
            child.wait(timeout=20)


def _wait(port: int, child: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(200):
        if child.poll() is not None:
            assert child.stderr
            log = folder / "error.log"
            raise AssertionError(child.stderr.read().decode() + (log.read_text() if log.exists() else ""))
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("Apache does not answer")
