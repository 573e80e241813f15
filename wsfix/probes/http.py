"""One HTTP/1.1 answer from a stranger (RFC 9112), cut to sizes, and the plain GET of the identity test."""

from __future__ import annotations

import contextlib
import re
from typing import NoReturn

from wsfix.model.walk import Failure, Headers, Reply
from wsfix.probes.masking import Mask
from wsfix.probes.opening import Opening
from wsfix.probes.stream import Broken, Deadline, Inbox, Stream, Trouble, send, trouble_of

HEAD_LIMIT = 65536
HEADER_LIMIT = 100
BODY_LIMIT = 65536
_INTERIM_LIMIT = 10

_STATUS_LINE = re.compile(rb"HTTP/(\d\.\d) (\d{3})(?: (.*))?")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")
_SWITCHING = 101
_PROTOCOL_BEGINS = b"HTTP/"
_PLAIN = Mask()


def get(stream: Stream, opening: Opening, deadline: Deadline, mask: Mask) -> Reply | Trouble:
    """Ask for the same path with the same headers, without those of the WebSocket: the identity test."""
    reply = ask(Inbox(stream), opening.plain(), deadline, mask, "the answer to a plain GET")
    return mask.reply(reply) if isinstance(reply, Reply) else reply


def ask(inbox: Inbox, request: bytes, deadline: Deadline, mask: Mask, awaited: str) -> Reply | Trouble:
    """Send a request and read its answer, not yet masked; what comes after a 101 stays in the inbox."""
    try:
        _send(inbox.stream, request, deadline)
        return read_reply(inbox, deadline, mask)
    except Broken as error:
        return error.trouble
    except OSError as error:
        return _silence(error, inbox, awaited, deadline)


def read_reply(inbox: Inbox, deadline: Deadline, mask: Mask = _PLAIN) -> Reply:
    """Read one answer, leaving out interim ones (1xx but 101); raises OSError or Broken."""
    for _ in range(_INTERIM_LIMIT):
        reply = _head(inbox, deadline, mask)
        if reply.status == _SWITCHING or reply.status // 100 != 1:
            return _with_body(reply, inbox, deadline)
    raise Broken(Failure.GARBAGE, f"{_INTERIM_LIMIT} interim answers (1xx) came and no final one")


def _send(stream: Stream, request: bytes, deadline: Deadline) -> None:
    """Send what can be sent: a server that hung up early may have left its answer behind."""
    try:
        send(stream, request, deadline)
    except ConnectionError:
        return


def _silence(error: OSError, inbox: Inbox, awaited: str, deadline: Deadline) -> Trouble:
    if isinstance(error, TimeoutError):
        came = f"only {inbox.received} bytes of {awaited} came" if inbox.received else f"no byte of {awaited} came"
        return Trouble(Failure.TIMEOUT, f"{came} within {deadline.seconds:g} s")
    return trouble_of(error, f"the wait for {awaited}", deadline)


def _head(inbox: Inbox, deadline: Deadline, mask: Mask) -> Reply:
    _expect_http(inbox, deadline, mask)
    budget = HEAD_LIMIT
    first = _line(inbox, budget, deadline)
    found = _STATUS_LINE.fullmatch(first)
    if found is None:
        raise Broken(Failure.GARBAGE, f"the status line is not HTTP: {mask.quote(first)}")
    headers: list[tuple[str, str]] = []
    budget -= len(first)
    while line := _line(inbox, budget, deadline):
        budget -= len(line) + 1
        _add(headers, line, mask)
    version, status, reason = found[1].decode(), int(found[2]), (found[3] or b"").decode("latin-1")
    return Reply(status, reason.strip(), tuple(headers), version=version)


def _expect_http(inbox: Inbox, deadline: Deadline, mask: Mask) -> None:
    """Recognise an answer that is no HTTP by its first bytes, before waiting for the end of its line."""
    while not inbox.waiting.startswith(_PROTOCOL_BEGINS):
        if inbox.waiting[: len(_PROTOCOL_BEGINS)] != _PROTOCOL_BEGINS[: len(inbox.waiting)]:
            _not_http(bytes(inbox.waiting[:64]), mask)
        if not inbox.more(deadline):
            raise Broken(Failure.CLOSED, "the connection was closed without an answer")


def _not_http(first: bytes, mask: Mask) -> NoReturn:
    if first[:2] == b"\x15\x03":
        raise Broken(Failure.GARBAGE, "the port answers with a TLS alert: it wants TLS and was asked without")
    if first[3:4] == b"\x04" and first[:1] == b"\x00":
        raise Broken(Failure.GARBAGE, "the port answers in HTTP/2 frames")
    raise Broken(Failure.GARBAGE, f"the answer is not HTTP: {mask.quote(first, 40)}")


def _line(inbox: Inbox, budget: int, deadline: Deadline) -> bytes:
    """Take one line without its end; a bare line feed ends a line too (RFC 9112 section 2.2)."""
    looked = 0
    while (end := inbox.waiting.find(b"\n", looked)) < 0 or end > budget:
        if end > budget or len(inbox.waiting) > budget:
            raise Broken(Failure.TOO_LARGE, f"the answer's headers are larger than {HEAD_LIMIT // 1024} KiB")
        looked = len(inbox.waiting)
        if not inbox.more(deadline):
            raise Broken(Failure.CLOSED, f"the connection was closed inside an answer, after {inbox.received} bytes")
    return inbox.take(end + 1).rstrip(b"\r\n")


def _add(headers: list[tuple[str, str]], line: bytes, mask: Mask) -> None:
    if line[:1] in b" \t" and headers:
        name, value = headers[-1]
        headers[-1] = (name, f"{value} {line.strip().decode('latin-1')}")
        return
    name_bytes, colon, value_bytes = line.partition(b":")
    if not colon or not _TOKEN.fullmatch(name_bytes):
        raise Broken(Failure.GARBAGE, f"a header line is not one: {mask.quote(line)}")
    if len(headers) == HEADER_LIMIT:
        raise Broken(Failure.TOO_LARGE, f"the answer has more than {HEADER_LIMIT} headers")
    headers.append((name_bytes.decode("latin-1"), value_bytes.strip().decode("latin-1")))


def _with_body(reply: Reply, inbox: Inbox, deadline: Deadline) -> Reply:
    """Add what arrives of the body; a body that hangs or breaks does not undo the status."""
    body = bytearray()
    with contextlib.suppress(OSError, Broken):
        _read_body(reply, inbox, body, deadline)
    return Reply(reply.status, reply.reason, reply.headers, bytes(body[:BODY_LIMIT]), reply.version)


def _read_body(reply: Reply, inbox: Inbox, body: bytearray, deadline: Deadline) -> None:
    """Read by the order of RFC 9112 section 6.3."""
    if reply.status in {_SWITCHING, 204, 304}:
        return
    if "chunked" in _joined(reply.headers, "transfer-encoding").lower():
        _read_chunks(inbox, body, deadline)
        return
    length = reply.header("content-length") or ""
    size = min(int(length), BODY_LIMIT) if length.isascii() and length.isdecimal() else BODY_LIMIT
    _read_up_to(size, inbox, body, deadline)


def _read_chunks(inbox: Inbox, body: bytearray, deadline: Deadline) -> None:
    while len(body) < BODY_LIMIT:
        found = _CHUNK_SIZE.match(_line(inbox, 1024, deadline))
        size = int(found[0], 16) if found else 0
        if not size:
            return
        _read_up_to(min(len(body) + size, BODY_LIMIT), inbox, body, deadline)
        _line(inbox, 1024, deadline)


def _read_up_to(size: int, inbox: Inbox, body: bytearray, deadline: Deadline) -> None:
    while True:
        body += inbox.take(size - len(body))
        if len(body) >= size or not inbox.more(deadline):
            return


def _joined(headers: Headers, name: str) -> str:
    return ", ".join(value for key, value in headers if key.lower() == name)
