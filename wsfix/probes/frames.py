"""The frames of a WebSocket as bytes and values (RFC 6455 section 5); no stream is touched here."""

from __future__ import annotations

import secrets
import struct
from dataclasses import dataclass
from enum import IntEnum

from wsfix.model.walk import Failure
from wsfix.probes.stream import Broken

MESSAGE_LIMIT = 4 * 1024 * 1024
"""More than this in one message is not read; 1 MiB is a usual limit of servers."""

_CONTROL_LIMIT = 125
_LENGTH_16 = 126
_LENGTH_64 = 127
_DEFLATED = 0x40
NO_CODE = 1005
"""A close frame without a code (section 7.1.5)."""
NO_CLOSE_FRAME = 1006
"""The end without a close frame (section 7.1.5)."""


class Opcode(IntEnum):
    """What a frame is (section 5.2)."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10

    @property
    def control(self) -> bool:
        """Whether the frame is about the connection and not a part of a message."""
        return self >= Opcode.CLOSE


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, or a whole message once its fragments are joined."""

    opcode: Opcode
    payload: bytes
    final: bool = True
    compressed: bool = False
    """Whether the first reserved bit is set: the message is deflated (RFC 7692 section 6)."""


def encode(opcode: Opcode, payload: bytes) -> bytes:
    """Return a final frame as a client must send it: masked with a fresh key (section 5.3)."""
    size = len(payload)
    if size <= _CONTROL_LIMIT:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | _LENGTH_16, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | _LENGTH_64, size)
    key = secrets.token_bytes(4)
    return head + key + masked(payload, key)


def masked(payload: bytes, key: bytes) -> bytes:
    """Return the payload under a key; the same again takes it off."""
    pattern = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload) ^ int.from_bytes(pattern)).to_bytes(len(payload))


def decode(data: bytes | bytearray, *, deflates: bool = False) -> tuple[Frame, int] | None:
    """Return the first frame of what a server sent and its size; None while it is not all there; Broken if it cannot be."""
    if len(data) < 2:  # noqa: PLR2004 - the smallest head
        return None
    compressed = deflates and bool(data[0] & _DEFLATED)
    opcode = _opcode(data[0] & ~_DEFLATED if compressed else data[0])
    if compressed and opcode not in {Opcode.TEXT, Opcode.BINARY}:
        raise Broken(Failure.PROTOCOL, f"a {opcode.name.lower()} frame says that it is compressed (RFC 7692 section 6)")
    if data[1] & 0x80:
        raise Broken(Failure.PROTOCOL, "the server masks its frames, which only clients do (RFC 6455 section 5.1)")
    final = bool(data[0] & 0x80)
    length = data[1]
    if opcode.control and (length > _CONTROL_LIMIT or not final):
        raise Broken(Failure.PROTOCOL, f"a {opcode.name.lower()} frame is longer than 125 bytes or in fragments")
    found = _extended(data, length)
    if found is None:
        return None
    size, begin = found
    if size > MESSAGE_LIMIT:
        raise Broken(
            Failure.TOO_LARGE, f"a frame of {size} bytes was announced; more than {MESSAGE_LIMIT} are not read"
        )
    if len(data) < begin + size:
        return None
    return Frame(opcode, bytes(data[begin : begin + size]), final, compressed), begin + size


def close_of(payload: bytes) -> tuple[int, str]:
    """Return code and reason of a close frame (sections 5.5.1 and 7.4); Broken where they may not be sent."""
    if not payload:
        return NO_CODE, ""
    if len(payload) == 1:
        raise Broken(Failure.PROTOCOL, "a close frame holds half a code")
    code = int.from_bytes(payload[:2])
    try:
        reason = payload[2:].decode()
    except UnicodeDecodeError:
        raise Broken(Failure.PROTOCOL, f"the close frame {code} has a reason that is not UTF-8") from None
    if not _may_be_sent(code):
        raise Broken(Failure.PROTOCOL, f"a close frame holds the code {code}, which must never be sent")
    return code, reason


def _may_be_sent(code: int) -> bool:
    return (1000 <= code <= 1014 and code not in {1004, NO_CODE, NO_CLOSE_FRAME}) or 3000 <= code <= 4999  # noqa: PLR2004


def _opcode(first: int) -> Opcode:
    if first & 0x70:
        raise Broken(Failure.PROTOCOL, "a frame has a reserved bit set, and no extension was agreed on")
    try:
        return Opcode(first & 0x0F)
    except ValueError:
        raise Broken(Failure.PROTOCOL, f"a frame has the reserved opcode {first & 0x0F}") from None


def _extended(data: bytes | bytearray, length: int) -> tuple[int, int] | None:
    """Return the payload's size and where it begins; lengths are written as short as they can be (section 5.2)."""
    if length <= _CONTROL_LIMIT:
        return length, 2
    wide = 2 if length == _LENGTH_16 else 8
    if len(data) < 2 + wide:
        return None
    size = int.from_bytes(data[2 : 2 + wide])
    if size >> 63 or size <= _CONTROL_LIMIT or (wide == 8 and size < 1 << 16):  # noqa: PLR2004 - bytes
        raise Broken(Failure.PROTOCOL, "a frame's length is not written as RFC 6455 section 5.2 has it")
    return size, 2 + wide
