"""A relay that passes bytes on between a client and a port, and ends a connection on which nothing came for some time."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def relay(to: int, *, idle: float | None, host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Relay until the block ends; the value is the port. With `idle` None it is as patient as a wire."""
    over = threading.Event()
    with socket.create_server((host, port), backlog=50) as listener:
        listener.settimeout(0.05)
        thread = threading.Thread(target=_accept, args=(listener, to, idle, over), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join(5)


def _accept(listener: socket.socket, to: int, idle: float | None, over: threading.Event) -> None:
    while not over.is_set():
        with contextlib.suppress(TimeoutError):
            conn, _ = listener.accept()
            threading.Thread(target=_pass_on, args=(conn, to, idle, over), daemon=True).start()


def _pass_on(conn: socket.socket, to: int, idle: float | None, over: threading.Event) -> None:
    with contextlib.suppress(OSError), conn, socket.create_connection(("127.0.0.1", to)) as other:
        waited = 0.0
        while not over.is_set() and (idle is None or waited < idle):
            ready, _, _ = select.select([conn, other], [], [], 0.05)
            waited = 0.0 if ready else waited + 0.05
            for each in ready:
                piece = each.recv(65536)
                if not piece:
                    return
                (other if each is conn else conn).sendall(piece)
