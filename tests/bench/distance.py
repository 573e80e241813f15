"""A relay that hands every piece on after some time, as a network does."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from queue import Queue


@contextlib.contextmanager
def distance(to: int, seconds: float) -> Iterator[int]:
    """Relay to a port of this machine until the block ends; the value is the port. A connection itself takes no time."""
    over = threading.Event()
    with socket.create_server(("localhost", 0), backlog=50) as listener:
        listener.settimeout(0.05)
        thread = threading.Thread(target=_accept, args=(listener, to, seconds, over), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join(5)


def _accept(listener: socket.socket, to: int, seconds: float, over: threading.Event) -> None:
    while not over.is_set():
        with contextlib.suppress(TimeoutError):
            near, _ = listener.accept()
            far = socket.create_connection(("127.0.0.1", to))
            for one, other in ((near, far), (far, near)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                queue: Queue[tuple[float, bytes]] = Queue()
                threading.Thread(target=_read, args=(one, queue, seconds), daemon=True).start()
                threading.Thread(target=_write, args=(other, queue), daemon=True).start()


def _read(one: socket.socket, queue: Queue[tuple[float, bytes]], seconds: float) -> None:
    piece = b"-"
    while piece:
        try:
            piece = one.recv(65536)
        except OSError:
            piece = b""
        queue.put((time.monotonic() + seconds, piece))


def _write(other: socket.socket, queue: Queue[tuple[float, bytes]]) -> None:
    with contextlib.suppress(OSError):
        while True:
            due, piece = queue.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not piece:
                other.shutdown(socket.SHUT_WR)
                return
            other.sendall(piece)
