from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from websockets.sync.server import Server, ServerConnection, serve

from .authority import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


def run(server: Server) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.socket.getsockname()[1]
    server.shutdown()
    thread.join(5)


@pytest.fixture
def healthy() -> Iterator[int]:
    """The port of a sound echo server."""
    with serve(echo, "127.0.0.1", 0) as server:
        yield from run(server)


@pytest.fixture
def healthy_tls(authority: Authority) -> Iterator[int]:
    """The port of a sound echo server over TLS."""
    with serve(echo, "127.0.0.1", 0, ssl=authority.context()) as server:
        yield from run(server)
