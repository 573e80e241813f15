"""Every way in which a server misbehaves is a value: a word, a wall and a sentence, and all within the deadline."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from wsfix.model.hop import Hop
from wsfix.model.walk import Failure
from wsfix.probes.walk import walk_outside

from .servers import Behaviour, Visit, close_frame, closed_port, frame, full_queue, serving
from .sites import SHORT, site

SLACK = 2.5
"""What a noisy machine may add."""


@dataclass(frozen=True)
class Case:
    name: str
    behaviour: Behaviour
    failure: Failure
    wall: Hop
    reason: str
    probe: dict[str, Any] = field(default_factory=dict)
    close_code: int | None = None


def answers(data: bytes, *, hang: bool = False) -> Behaviour:
    """Answer every request with these bytes."""

    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.conn.sendall(data)
        if hang:
            visit.hang()

    return behave


def accepts(data: bytes = b"", *, hang: bool = True, extra: tuple[str, ...] = (), **instead: str | None) -> Behaviour:
    """Accept the socket, say something, and wait or close."""

    def behave(visit: Visit) -> None:
        visit.read_request()
        if not visit.upgrades:
            visit.conn.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        visit.accept(*extra, **instead)
        visit.conn.sendall(data)
        if hang:
            visit.hang()

    return behave


def hang_at_once(visit: Visit) -> None:
    visit.hang()


def close_at_once(visit: Visit) -> None:
    """Close without reading."""


def close_after_request(visit: Visit) -> None:
    visit.read_request()


def reset_after_request(visit: Visit) -> None:
    visit.read_request()
    visit.reset()


def drip_headers(visit: Visit) -> None:
    visit.read_request()
    visit.drip(b"HTTP/1.1 101 Switching Protocols\r\n" + b"X-Slow: yes\r\n" * 40)


def drip_one_frame(visit: Visit) -> None:
    visit.read_request()
    visit.accept()
    visit.drip(frame(1, b"s" * 120))


def endless_headers(visit: Visit) -> None:
    visit.read_request()
    visit.conn.sendall(b"HTTP/1.1 200 OK\r\n")
    while not visit.over.is_set():
        visit.conn.sendall(b"X-More: " + b"x" * 8000 + b"\r\n")


def endless_line(visit: Visit) -> None:
    visit.read_request()
    visit.conn.sendall(b"HTTP/1.1 200 ")
    while not visit.over.is_set():
        visit.conn.sendall(b"x" * 8192)


def endless_body(visit: Visit) -> None:
    visit.read_request()
    visit.conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not visit.over.is_set():
        visit.conn.sendall(b"x" * 8192)


def endless_interim(visit: Visit) -> None:
    visit.read_request()
    while not visit.over.is_set():
        visit.conn.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")


def accept_then_reset(visit: Visit) -> None:
    visit.read_request()
    visit.accept()
    visit.over.wait(0.1)
    visit.reset()


def endless_fragments(visit: Visit) -> None:
    visit.read_request()
    visit.accept()
    visit.conn.sendall(frame(2, b"x" * 60000, first=0x02))
    while not visit.over.is_set():
        visit.conn.sendall(frame(0, b"x" * 60000, first=0x00))


def endless_pings(visit: Visit) -> None:
    visit.read_request()
    visit.accept()
    while not visit.over.wait(0.02):
        visit.conn.sendall(frame(9, b"you?"))


REDIRECT = b"HTTP/1.1 301 Moved Permanently\r\nLocation: https://127.0.0.1/ws/\r\nContent-Length: 0\r\n\r\n"
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>hi</html>"
CHUNKED = b"HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwrong\r\n0\r\n\r\n"
MANY = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: x\r\n" % n for n in range(150)) + b"\r\n"
OVERSIZED = b"\x82\x7f" + (1 << 40).to_bytes(8)
ESCAPES = b"HTTP/1.1 500 \x1b[2J\x07bad\r\nContent-Length: 0\r\n\r\n"
ECHO = {"send": "hello", "expect": "hello"}
PROXY, APP = Hop.PROXY, Hop.APPLICATION

CASES = [
    Case("hangs before reading", hang_at_once, Failure.TIMEOUT, PROXY, "no byte of the answer to the upgrade"),
    Case("closes at once", close_at_once, Failure.CLOSED, PROXY, "closed without an answer"),
    Case("closes after the request", close_after_request, Failure.CLOSED, PROXY, "closed without an answer"),
    Case("resets after the request", reset_after_request, Failure.RESET, PROXY, "reset during the wait"),
    Case("drips its headers", drip_headers, Failure.TIMEOUT, PROXY, "within 0.5 s"),
    Case("endless headers", endless_headers, Failure.TOO_LARGE, PROXY, "larger than 64 KiB"),
    Case("endless status line", endless_line, Failure.TOO_LARGE, PROXY, "larger than 64 KiB"),
    Case("endless body", endless_body, Failure.STATUS, PROXY, "200 OK instead of 101"),
    Case("endless interim answers", endless_interim, Failure.GARBAGE, PROXY, "interim"),
    Case("150 headers", answers(MANY), Failure.TOO_LARGE, PROXY, "more than 100 headers"),
    Case("garbage", answers(b"\xff\xfe\x00rubbish", hang=True), Failure.GARBAGE, PROXY, r"\x00rubbish"),
    Case("another protocol", answers(b"SSH-2.0-OpenSSH_9.2\r\n"), Failure.GARBAGE, PROXY, "SSH-2.0"),
    Case("HTTP/2 frames", answers(b"\x00\x00\x12\x04\x00\x00\x00"), Failure.GARBAGE, PROXY, "HTTP/2"),
    Case("a TLS alert", answers(b"\x15\x03\x01\x00\x02\x02\x46"), Failure.GARBAGE, PROXY, "TLS alert"),
    Case("a bad status line", answers(b"HTTP/1.1 okay\r\n\r\n"), Failure.GARBAGE, PROXY, "status line"),
    Case("a bad header", answers(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), Failure.GARBAGE, PROXY, "no colon"),
    Case("half an answer", answers(b"HTTP/1.1 101 Swi"), Failure.CLOSED, PROXY, "inside an answer"),
    Case("half an answer, hangs", answers(b"HTTP/1.1 101 Swi", hang=True), Failure.TIMEOUT, PROXY, "only 16 bytes"),
    Case("200 HTML", answers(HTML), Failure.STATUS, PROXY, "200 OK instead of 101"),
    Case("301", answers(REDIRECT), Failure.STATUS, PROXY, "to https://127.0.0.1/ws/"),
    Case("400", answers(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Failure.STATUS, PROXY, "400 Bad Request"),
    Case("404", answers(b"HTTP/1.1 404 Not Found\n\nbare"), Failure.STATUS, PROXY, "404 Not Found"),
    Case("403 without a reason", answers(b"HTTP/1.1 403\r\n\r\n"), Failure.STATUS, PROXY, "403 instead"),
    Case("426", answers(b"HTTP/1.1 426 Upgrade Required\r\n\r\n"), Failure.STATUS, PROXY, "426 Upgrade Required"),
    Case("502 chunked", answers(CHUNKED), Failure.STATUS, PROXY, "502 Bad Gateway"),
    Case("escape sequences", answers(ESCAPES), Failure.STATUS, PROXY, r"\x1b[2J\x07bad"),
    Case("no Upgrade", accepts(upgrade=None), Failure.UPGRADE_HEADER, PROXY, "no Upgrade header"),
    Case("Upgrade: h2c", accepts(upgrade="h2c"), Failure.UPGRADE_HEADER, PROXY, "Upgrade: h2c"),
    Case(
        "Upgrade twice", accepts(extra=("Upgrade: websocket",)), Failure.UPGRADE_HEADER, PROXY, "websocket, websocket"
    ),
    Case("no Connection", accepts(connection=None), Failure.CONNECTION_HEADER, PROXY, "no Connection header"),
    Case("Connection: close", accepts(connection="close"), Failure.CONNECTION_HEADER, PROXY, "Connection: close"),
    Case("wrong Accept", accepts(sec_websocket_accept="AAAA"), Failure.ACCEPT, PROXY, "Sec-WebSocket-Accept: AAAA"),
    Case("no Accept", accepts(sec_websocket_accept=None), Failure.ACCEPT, PROXY, "no Sec-WebSocket-Accept"),
    Case(
        "an extension",
        accepts(sec_websocket_extensions="x-webkit-deflate-frame"),
        Failure.PROTOCOL,
        APP,
        "x-webkit-deflate-frame",
    ),
    Case("unasked subprotocol", accepts(sec_websocket_protocol="mqtt"), Failure.SUBPROTOCOL, APP, "none was asked"),
    Case(
        "another subprotocol",
        accepts(sec_websocket_protocol="mqtt"),
        Failure.SUBPROTOCOL,
        APP,
        "mqtt and not chat",
        {"subprotocol": "chat"},
    ),
    Case("no subprotocol", accepts(), Failure.SUBPROTOCOL, APP, "did not echo", {"subprotocol": "chat"}),
    Case("101 then EOF", accepts(hang=False), Failure.EARLY_CLOSE, APP, "without a close frame", {}, 1006),
    Case("101 then reset", accept_then_reset, Failure.EARLY_CLOSE, APP, "connection reset without", {}, 1006),
    Case("101 then silence", accepts(), Failure.NO_ECHO, APP, "neither a pong nor a message"),
    Case("101, no echo", accepts(), Failure.NO_ECHO, APP, "no message with hello", ECHO),
    Case("101, another message", accepts(frame(1, b"0{}")), Failure.NO_ECHO, APP, "came: 1, the first 0{}", ECHO),
    Case("endless pings", endless_pings, Failure.NO_ECHO, APP, "no message with hello", ECHO),
    Case("drips a frame", drip_one_frame, Failure.NO_ECHO, APP, "within 0.5 s"),
    Case("close 1000", accepts(close_frame(1000)), Failure.EARLY_CLOSE, APP, "code 1000", {}, 1000),
    Case("close without a code", accepts(frame(8)), Failure.EARLY_CLOSE, APP, "code 1005", {}, 1005),
    Case("close 1006 sent", accepts(close_frame(1006)), Failure.PROTOCOL, APP, "must never be sent", {}, 1006),
    Case("close 1008", accepts(close_frame(1008, "no token")), Failure.EARLY_CLOSE, APP, "1008 (no token)", {}, 1008),
    Case("close 1009", accepts(close_frame(1009)), Failure.EARLY_CLOSE, APP, "code 1009", {}, 1009),
    Case("close 1011", accepts(close_frame(1011, "a\x1bb")), Failure.EARLY_CLOSE, APP, r"1011 (a\x1bb)", {}, 1011),
    Case("close 1012", accepts(close_frame(1012)), Failure.EARLY_CLOSE, APP, "s after the 101", {}, 1012),
    Case("close 4401", accepts(close_frame(4401, "login")), Failure.EARLY_CLOSE, APP, "4401 (login)", {}, 4401),
    Case("close with half a code", accepts(frame(8, b"\x03")), Failure.PROTOCOL, APP, "half a code"),
    Case("close reason not UTF-8", accepts(frame(8, b"\x03\xe8\xff")), Failure.PROTOCOL, APP, "not UTF-8", {}, 1000),
    Case("an oversized frame", accepts(OVERSIZED), Failure.TOO_LARGE, APP, "1099511627776 bytes"),
    Case("endless fragments", endless_fragments, Failure.TOO_LARGE, APP, "longer than", {"timeout_seconds": 5}),
    Case("a length beyond 63 bits", accepts(b"\x82\x7f" + b"\xff" * 8), Failure.PROTOCOL, APP, "length"),
    Case("a length written long", accepts(b"\x81\x7e\x00\x02hi"), Failure.PROTOCOL, APP, "length"),
    Case("invalid UTF-8", accepts(frame(1, b"\xff\xff")), Failure.PROTOCOL, APP, "not UTF-8"),
    Case("a masked frame", accepts(frame(1, b"abcdhi", second=0x80)), Failure.PROTOCOL, APP, "masks its frames"),
    Case("a reserved bit", accepts(frame(1, b"hi", first=0xC1)), Failure.PROTOCOL, APP, "reserved bit"),
    Case("a reserved opcode", accepts(frame(3, b"hi")), Failure.PROTOCOL, APP, "reserved opcode 3"),
    Case("a fragmented ping", accepts(frame(9, b"hi", first=0x09)), Failure.PROTOCOL, APP, "in fragments"),
    Case("a long ping", accepts(frame(9, b"x" * 126)), Failure.PROTOCOL, APP, "longer than 125"),
    Case("a continuation of nothing", accepts(frame(0, b"hi")), Failure.PROTOCOL, APP, "without a beginning"),
    Case(
        "a message inside another",
        accepts(frame(1, b"a", first=0x01) + frame(1, b"b")),
        Failure.PROTOCOL,
        APP,
        "inside another",
    ),
    Case("HTTP after the 101", accepts(b"HTTP/1.1 200 OK\r\n\r\n"), Failure.PROTOCOL, APP, "reserved bit"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_misbehaving_server_is_named(case: Case) -> None:
    with serving(case.behaviour) as port:
        began = time.monotonic()
        walk = walk_outside(site(port, **case.probe), {})
        took = time.monotonic() - began
    assert walk.handshake is not None
    assert walk.handshake.failure is case.failure
    assert walk.wall is case.wall
    assert case.reason in walk.reason
    assert walk.reason.isprintable()
    assert not walk.sound
    assert walk.handshake.close_code == case.close_code
    assert took < 3 * SHORT + SLACK
    assert [phase.name for phase in walk.phases[:3]] == ["resolve", "connect", "upgrade"]
    assert [phase.name for phase in walk.phases[3:]] in ([["echo"], []] if walk.handshake.accepted else [["plain"]])


def test_the_names_of_the_cases_are_unique_and_many() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40


def test_a_closed_port_is_refused() -> None:
    walk = walk_outside(site(closed_port()), {})
    assert (walk.wall, walk.connections[0].failure) == (Hop.TCP, Failure.REFUSED)
    assert "refused the connection" in walk.reason
    assert [phase.name for phase in walk.phases] == ["resolve", "connect"]


def test_dropped_packets_time_out() -> None:
    with full_queue() as port:
        walk = walk_outside(site(port), {})
    assert (walk.wall, walk.connections[0].failure) == (Hop.TCP, Failure.TIMEOUT)
    assert "packets are dropped" in walk.reason
    assert walk.phases[-1].seconds < SHORT + SLACK
