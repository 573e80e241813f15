"""A TLS connection over any byte stream, through memory: OpenSSL never sees a socket."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from wsfix.probes.stream import Clock, Deadline, Stream

_PIECE = 16384
_GOODBYE = 1.0

Done = TypeVar("Done")


class TlsStream:
    """A stream inside TLS, itself a stream; the records go over whatever lies below."""

    def __init__(self, below: Stream, context: ssl.SSLContext, name: str, clock: Clock) -> None:
        self._below = below
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._clock = clock
        self._seconds: float | None = None
        self.channel = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name or None)
        self.first = b""
        """The first bytes that came; they tell whether the other end speaks TLS at all."""

    def handshake(self, deadline: Deadline) -> None:
        """Shake hands before the deadline, or raise what OpenSSL or the stream below raises."""
        self._run(self.channel.do_handshake, deadline)

    def recv(self, size: int, /) -> bytes:
        """Return decrypted bytes; none at all at the end, even an end without close_notify."""
        try:
            return self._run(lambda: self.channel.read(size), self._deadline())
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def sendall(self, data: bytes, /) -> None:
        """Encrypt and send all of it."""
        deadline = self._deadline()
        rest = memoryview(data)
        while rest:
            rest = rest[self._run(partial(self.channel.write, rest), deadline) :]

    def settimeout(self, seconds: float | None, /) -> None:
        """Let each later wait last no longer than this in all, however many records it takes."""
        self._seconds = seconds

    def close(self) -> None:
        """Say goodbye (close_notify) without waiting for an answer, and let go."""
        with contextlib.suppress(OSError, ValueError):
            self.channel.unwrap()
        with contextlib.suppress(OSError):
            self._below.settimeout(_GOODBYE)
            self._flush()
        self._below.close()

    def _deadline(self) -> Deadline | None:
        return None if self._seconds is None else Deadline.after(self._seconds, self._clock)

    def _run(self, step: Callable[[], Done], deadline: Deadline | None) -> Done:
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self._flush(deadline)
                self._feed(deadline)
            except ssl.SSLError:
                self._flush_alert()
                raise
            else:
                self._flush(deadline)
                return done

    def _feed(self, deadline: Deadline | None) -> None:
        self._below.settimeout(None if deadline is None else deadline.left())
        piece = self._below.recv(_PIECE)
        if piece:
            self.first = self.first or piece[:64]
            self._incoming.write(piece)
        else:
            self._incoming.write_eof()

    def _flush(self, deadline: Deadline | None = None) -> None:
        if self._outgoing.pending:
            if deadline is not None:
                self._below.settimeout(deadline.left())
            self._below.sendall(self._outgoing.read())

    def _flush_alert(self) -> None:
        """Tell the server why, so that its log says it too; it may be gone already."""
        with contextlib.suppress(OSError):
            self._flush()
