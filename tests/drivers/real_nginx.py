"""A real nginx on loopback and a backend that tells what it was asked: the truth that the model is compared with."""

from __future__ import annotations

import atexit
import http.client
import json
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from tests.lab import machine

PLACES = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/nginx/sbin"


def _installed() -> str | None:
    return shutil.which("nginx", path=PLACES) or shutil.which("nginx")


def of_the_lab(name: str) -> str | None:
    """Run a program of a lab image with the image's own libraries: nothing is installed on this machine for it."""
    for program in sorted((machine.directory() / "images").glob(f"debian*/usr/sbin/{name}")):
        root = program.parents[2]
        loader = next(
            (each for folder in ("lib64", "lib") for each in (root / "usr" / folder).glob("ld-linux*.so.*")), None
        )
        libraries = [str(each) for each in (root / "usr" / "lib").glob("*-linux-gnu*")]
        if loader is not None:
            script = Path(tempfile.mkdtemp(prefix=f"{name}-of-the-lab-")) / name
            script.write_text(
                f'#!/bin/sh\nexec {loader} --library-path {":".join(libraries)} {program} "$@"\n', encoding="utf-8"
            )
            script.chmod(0o755)
            atexit.register(shutil.rmtree, script.parent, ignore_errors=True)
            return str(script)
    return None


NGINX = _installed() or of_the_lab("nginx")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="no nginx: install one, or build the lab's image (make lab-up)")


class Echo(socketserver.StreamRequestHandler):
    """Answers each request with JSON: the target asked for and the headers."""

    def handle(self) -> None:
        while line := self.rfile.readline():
            headers: list[tuple[str, str]] = []
            while (raw := self.rfile.readline()) not in {b"\r\n", b"\n", b""}:
                name, _, value = raw.decode("latin-1").partition(":")
                headers.append((name.lower(), value.strip()))
            target = line.split(b" ", 1)[1].rsplit(b" ", 1)[0].decode("latin-1")
            version = line.rsplit(b" ", 1)[1].strip().decode()
            body = json.dumps({"target": target, "headers": headers, "version": version}).encode()
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-Echo: yes\r\n\r\n" % len(body) + body)
            if version == "HTTP/1.0":
                return


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def backend() -> Iterator[int]:
    with _Server(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def temporary(folder: Path) -> str:
    """Directives for http{} by which nginx keeps what it buffers in a folder, and not in one of the system's."""
    return "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )


def whole(inside_http: str, folder: Path) -> str:
    """A main file around what stands in http{}; everything that nginx writes goes into a folder."""
    return (
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{ worker_connections 512; }}\nhttp {{\naccess_log off;\n{temporary(folder)}{inside_http}}}\n"
    )


@contextmanager
def running(text: str, port: int, folder: Path) -> Iterator[None]:
    """nginx as a child process with a configuration, until the end of the block."""
    assert NGINX
    path = folder / "nginx.conf"
    path.write_text(text, encoding="latin-1")
    with subprocess.Popen([NGINX, "-p", str(folder), "-c", str(path)], stderr=subprocess.PIPE) as child:
        try:
            _wait(port, child)
            yield
        finally:
            child.terminate()


def _wait(port: int, child: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if child.poll() is not None:
            assert child.stderr
            raise AssertionError(child.stderr.read().decode())
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nginx does not answer")


@dataclass(frozen=True)
class Answer:
    status: int
    mark: str
    location: str
    body: str

    @property
    def seen(self) -> dict[str, object] | None:
        """What the backend saw, if it was asked."""
        return json.loads(self.body) if self.body.startswith('{"target"') else None


class Client:
    """A client that sends any target as it is, over one connection as long as nginx keeps it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.socket:
            self.socket.close()

    def ask(self, host: str, target: str, headers: dict[str, str] | None = None) -> Answer:
        lines = [f"GET {target} HTTP/1.1", f"Host: {host}", *(f"{k}: {v}" for k, v in (headers or {}).items()), "", ""]
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        self.socket.sendall("\r\n".join(lines).encode())
        reply = http.client.HTTPResponse(self.socket)
        reply.begin()
        body = reply.read().decode("latin-1")
        if reply.will_close:
            self.socket.close()
            self.socket = None
        return Answer(reply.status, reply.getheader("X-Mark") or "", reply.getheader("Location") or "", body)
