"""Real servers on loopback, in threads, that behave as they are told: well, badly, or not at all."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PATIENCE = 20.0


@dataclass
class Visit:
    """One accepted connection, and what its client asked."""

    conn: socket.socket
    over: threading.Event
    request: bytes = b""
    seen: list[bytes] = field(default_factory=list)

    def read_request(self) -> bytes:
        while b"\r\n\r\n" not in self.request:
            piece = self.conn.recv(65536)
            if not piece:
                break
            self.request += piece
        self.seen.append(self.request)
        return self.request

    def header(self, name: str) -> str:
        for line in self.request.decode("latin-1").split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return ""

    @property
    def upgrades(self) -> bool:
        return self.header("Upgrade").lower() == "websocket"

    def accept(self, *extra: str, **instead: str | None) -> None:
        """Answer 101; `instead` replaces a header or, by None, leaves it out."""
        digest = hashlib.sha1(f"{self.header('Sec-WebSocket-Key')}{GUID}".encode()).digest()
        headers: dict[str, str | None] = {
            "upgrade": "websocket",
            "connection": "Upgrade",
            "sec-websocket-accept": base64.b64encode(digest).decode(),
        }
        headers |= {key.replace("_", "-"): value for key, value in instead.items()}
        lines = [f"{key}: {value}" for key, value in headers.items() if value is not None]
        self.conn.sendall("\r\n".join(["HTTP/1.1 101 Switching Protocols", *lines, *extra, "", ""]).encode())

    def hang(self) -> None:
        self.over.wait(PATIENCE)

    def drip(self, data: bytes, pause: float = 0.02) -> None:
        for each in data:
            self.conn.sendall(bytes([each]))
            if self.over.wait(pause):
                return

    def reset(self) -> None:
        self.conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.conn.close()


Behaviour = Callable[[Visit], None]


def frame(opcode: int, payload: bytes = b"", first: int | None = None, second: int = 0) -> bytes:
    """A server's frame; `first` replaces the first byte, `second` is added to the length's byte."""
    head = bytes([0x80 | opcode if first is None else first])
    if len(payload) < 126:
        return head + bytes([len(payload) | second]) + payload
    if len(payload) < 65536:
        return head + bytes([126 | second]) + struct.pack("!H", len(payload)) + payload
    return head + bytes([127 | second]) + struct.pack("!Q", len(payload)) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    return frame(8, code.to_bytes(2) + reason.encode())


@contextlib.contextmanager
def serving(
    behaviour: Behaviour,
    context: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    seen: list[bytes] | None = None,
) -> Iterator[int]:
    """Serve until the block ends, every connection in its own thread; the value is the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    over = threading.Event()
    with socket.create_server((host, 0), family=family, backlog=50) as listener:
        listener.settimeout(0.05)
        thread = threading.Thread(target=_accept, args=(listener, behaviour, context, over, seen), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join(5)


def _accept(
    listener: socket.socket,
    behaviour: Behaviour,
    context: ssl.SSLContext | None,
    over: threading.Event,
    seen: list[bytes] | None,
) -> None:
    threads = []
    while not over.is_set():
        try:
            conn, _ = listener.accept()
        except TimeoutError:
            continue
        thread = threading.Thread(target=_visit, args=(conn, behaviour, context, over, seen), daemon=True)
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join(5)


def _visit(
    conn: socket.socket,
    behaviour: Behaviour,
    context: ssl.SSLContext | None,
    over: threading.Event,
    seen: list[bytes] | None,
) -> None:
    conn.settimeout(PATIENCE)
    with contextlib.suppress(OSError), conn:
        if context is not None:
            with context.wrap_socket(conn, server_side=True) as secured:
                behaviour(Visit(secured, over, seen=[] if seen is None else seen))
                _goodbye(secured)
        else:
            behaviour(Visit(conn, over, seen=[] if seen is None else seen))
            _goodbye(conn)


def _goodbye(conn: socket.socket) -> None:
    """Close so that nothing sent is lost: a reset would overtake it while unread bytes wait here."""
    with contextlib.suppress(OSError):
        conn.shutdown(socket.SHUT_WR)
        conn.settimeout(0.2)
        deadline = time.monotonic() + 0.2
        while time.monotonic() < deadline and conn.recv(65536):
            continue


@contextlib.contextmanager
def full_queue() -> Iterator[int]:
    """A port whose SYNs are dropped: its queue is full and nobody accepts (a stand-in for a DROP rule)."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        time.sleep(0.05)
        yield listener.getsockname()[1]


def closed_port() -> int:
    """A port at which nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])
