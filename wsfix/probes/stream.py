"""The bytes under every probe: anything that can be read, written and closed, and the time that a stranger gets."""

from __future__ import annotations

import errno
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from wsfix.model.walk import Failure

_PIECE = 16384

Clock = Callable[[], float]


class Stream(Protocol):
    """A connected byte stream; a socket is one, and so is a paramiko Channel."""

    def recv(self, size: int, /) -> bytes:
        """Return what is there, at most `size` bytes; none at all means that the other end closed."""

    def sendall(self, data: bytes, /) -> object:
        """Send all of it."""

    def settimeout(self, seconds: float | None, /) -> object:
        """Let each later wait last no longer than this, then raise TimeoutError."""

    def close(self) -> object:
        """Let go of the connection."""


Dial = Callable[[str, int, float], Stream]
"""Connect to (address, port) within some seconds; whatever goes wrong is an OSError with its errno."""


def dial_tcp(address: str, port: int, seconds: float) -> Stream:
    """Connect from this machine."""
    return socket.create_connection((address, port), timeout=seconds)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a step did not succeed: a word for the rules and a sentence for the reader."""

    failure: Failure
    reason: str


class Broken(Exception):
    """The other end did not keep to the protocol."""

    def __init__(self, failure: Failure, reason: str) -> None:
        self.trouble = Trouble(failure, reason)
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of the monotonic clock by which something must have ended, however it is spread over single waits."""

    at: float
    seconds: float
    """What was given at the beginning; for sentences."""
    clock: Clock = field(default=time.monotonic, repr=False)

    @classmethod
    def after(cls, seconds: float, clock: Clock = time.monotonic) -> Deadline:
        """Begin now."""
        return cls(clock() + seconds, seconds, clock)

    def left(self) -> float:
        """Return the seconds that are left; TimeoutError when there are none."""
        left = self.at - self.clock()
        if left <= 0:
            raise TimeoutError(errno.ETIMEDOUT, "the deadline has passed")
        return left

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self.clock() >= self.at

    def share(self, parts: int) -> float:
        """Return one of so many equal parts of what is left."""
        return self.left() / max(parts, 1)

    def renewed(self) -> Deadline:
        """Begin anew with as much time."""
        return Deadline.after(self.seconds, self.clock)

    def no_later_than(self, seconds: float) -> Deadline:
        """Return this deadline or one that many seconds from now, whichever comes first."""
        return min(self, Deadline.after(seconds, self.clock), key=lambda deadline: deadline.at)


class Inbox:
    """What a stranger sends, read under a deadline and kept until it is taken."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.waiting = bytearray()
        """Read from the stream and not yet taken."""
        self.received = 0
        """All bytes that ever came."""

    def more(self, deadline: Deadline) -> bool:
        """Wait for more bytes; False when the other end closed. A server that drips does not stretch the deadline."""
        self.stream.settimeout(deadline.left())
        piece = self.stream.recv(_PIECE)
        self.waiting += piece
        self.received += len(piece)
        return bool(piece)

    def take(self, size: int) -> bytes:
        """Take up to so many of the waiting bytes."""
        taken = bytes(self.waiting[:size])
        del self.waiting[:size]
        return taken


def send(stream: Stream, data: bytes, deadline: Deadline) -> None:
    """Send all of it before the deadline."""
    stream.settimeout(deadline.left())
    stream.sendall(data)


def let_go(stream: Stream) -> None:
    """Close, whatever state the stream is in."""
    try:
        stream.close()
    except OSError:
        return


_ALERTS = {
    "unsupported protocol": Failure.TLS_VERSION,
    "alert protocol version": Failure.TLS_VERSION,
    "unrecognized name": Failure.TLS_NAME,
    "alert certificate required": Failure.TLS_CLIENT,
}
"""What OpenSSL says of an alert (RFC 8446 section 6.2) → its word."""


def failure_of(error: OSError) -> Failure:
    """Return the word for what a socket raised."""
    match error:
        case ssl.SSLZeroReturnError():
            return Failure.CLOSED
        case ssl.SSLError():
            said = alert_of(error)
            return next((word for sign, word in _ALERTS.items() if sign in said), Failure.TLS_FAILED)
        case TimeoutError():
            return Failure.TIMEOUT
        case ConnectionRefusedError():
            return Failure.REFUSED
        case ConnectionError():
            return Failure.RESET
    return Failure.CLOSED


def trouble_of(error: OSError | Broken, doing: str, deadline: Deadline) -> Trouble:
    """Return what went wrong while doing something on a connected stream."""
    if isinstance(error, Broken):
        return error.trouble
    failure = failure_of(error)
    sentences = {
        Failure.TIMEOUT: f"no end of {doing} within {deadline.seconds:g} s",
        Failure.RESET: f"the connection was reset during {doing}",
        Failure.REFUSED: f"the connection was refused during {doing}",
        **{word: f"TLS failed during {doing}: {alert_of(error)}" for word in (Failure.TLS_FAILED, *_ALERTS.values())},
    }
    return Trouble(failure, sentences.get(failure, f"the connection was closed during {doing}"))


def alert_of(error: OSError) -> str:
    """Return OpenSSL's own words for a failure, such as "tlsv13 alert certificate required"."""
    reason = getattr(error, "reason", None)
    return str(reason).replace("_", " ").lower() if reason else "no reason given"
