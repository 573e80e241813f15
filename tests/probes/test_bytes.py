"""Handshake and frames without any stream: bytes in, values out."""

from __future__ import annotations

import base64
import os
import socket

import pytest

from wsfix.model.walk import Failure, Reply
from wsfix.probes.frames import Frame, Opcode, close_of, decode, encode, masked
from wsfix.probes.http import BODY_LIMIT, read_reply
from wsfix.probes.opening import Opening, accept_of, fresh_key, judge
from wsfix.probes.stream import Broken, Deadline, Inbox

OPENING = Opening("chat.example.com", "/ws", "https://chat.example.com", "abc", "dGhlIHNhbXBsZSBub25jZQ==")


def read(data: bytes) -> tuple[Reply, bytes]:
    """Let a real socket pair carry the bytes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        inbox = Inbox(ours)
        return read_reply(inbox, Deadline.after(2)), bytes(inbox.waiting)


def test_the_sample_of_rfc_6455_section_1_3_has_its_accept() -> None:
    assert accept_of("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_a_key_is_16_fresh_bytes() -> None:
    assert len(base64.b64decode(fresh_key(), validate=True)) == 16
    assert fresh_key() != fresh_key()


def test_the_request_is_that_of_a_browser() -> None:
    assert OPENING.upgrade().startswith(b"GET /ws HTTP/1.1\r\nHost: chat.example.com\r\nUpgrade: websocket\r\n")
    assert OPENING.upgrade().endswith(b"\r\n\r\n")
    assert b"Sec-WebSocket" not in OPENING.plain()


def test_a_path_beyond_ascii_is_quoted() -> None:
    opening = Opening("h", "/räume/1 2%20\r\nX: y", None, "n", "k")
    assert opening.plain().startswith(b"GET /r%C3%A4ume/1%202%20%0D%0AX:%20y HTTP/1.1\r\n")
    assert b"Origin" not in opening.plain()


def test_the_right_answer_has_no_trouble() -> None:
    headers = (("Upgrade", "websocket"), ("connection", "Upgrade"), ("Sec-WebSocket-Accept", accept_of(OPENING.key)))
    assert judge(Reply(101, "", headers), OPENING) is None


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 100_001])
def test_what_is_encoded_is_masked_and_decodes_to_itself(size: int) -> None:
    payload = os.urandom(size)
    data = encode(Opcode.BINARY, payload)
    assert data[1] & 0x80
    head = len(data) - size - 4
    key = data[head : head + 4]
    unmasked = bytes([data[0], data[1] & 0x7F]) + data[2:head] + masked(data[head + 4 :], key)
    assert decode(unmasked) == (Frame(Opcode.BINARY, payload), len(unmasked))
    for cut in {0, 1, 2, head, len(unmasked) - 1} - {len(unmasked)}:
        assert decode(unmasked[:cut]) is None


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535])
def test_codes_that_may_not_be_sent_are_violations(code: int) -> None:
    with pytest.raises(Broken, match=str(code)):
        close_of(code.to_bytes(2))


def test_a_close_without_a_body_has_no_code() -> None:
    assert close_of(b"") == (1005, "")
    assert close_of(b"\x0f\xa1bye") == (4001, "bye")


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhithere", b"hi"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhi", b"hi"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhi", b"hi"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", b"until the end"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\nB\r\n there you \r\n0\r\n\r\n",
            b"hi there you ",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nnonsense\r\n", b"hi"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\nhi", b"hi"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 70000, b"x" * BODY_LIMIT),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b""),
        (b"HTTP/1.1 204 No Content\n\n", b""),
    ],
)
def test_a_body_is_read_as_far_as_it_comes(data: bytes, body: bytes) -> None:
    assert read(data)[0].body == body


def test_what_follows_a_101_is_kept_for_the_frames() -> None:
    reply, rest = read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 \r\nUpgrade: websocket\r\n\r\n\x81\x02hi")
    assert (reply.status, reply.reason, rest) == (101, "", b"\x81\x02hi")


def test_a_folded_header_is_one_and_a_repeated_one_stays_two() -> None:
    reply, _ = read(b"HTTP/1.1 204 x\r\nA: one\r\n two\r\nB: 1\r\nB: 2\r\n\r\n")
    assert reply.headers == (("A", "one two"), ("B", "1"), ("B", "2"))


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (b"", Failure.CLOSED),
        (b"HTT", Failure.CLOSED),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n", Failure.CLOSED),
        (b"HTTP/2 200\r\n\r\n", Failure.GARBAGE),
        (b"HTTP/1.1 200 OK\r\nA b: c\r\n\r\n", Failure.GARBAGE),
        (b"HTTP/1.1 200 OK\r\n: c\r\n\r\n", Failure.GARBAGE),
        (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70000 + b"\r\n\r\n", Failure.TOO_LARGE),
        (b"ICY 200 OK\r\n\r\n", Failure.GARBAGE),
    ],
)
def test_an_answer_that_is_none_is_named(data: bytes, failure: Failure) -> None:
    with pytest.raises(Broken) as broken:
        read(data)
    assert broken.value.trouble.failure is failure
