"""Every way in which a server misbehaves in a session of Socket.IO is a value with a sentence, within the deadline."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from wsfix.model.hop import Hop
from wsfix.model.walk import Failure
from wsfix.probes.walk import walk_outside

from .servers import Behaviour, Visit, close_frame, frame, serving
from .sites import SHORT, site

SLACK = 4.0
OPEN = '0{"sid":"abcdef","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}'
LET_IN = '40{"sid":"ghijkl"}'
Polled = Callable[[Visit], bytes]


@dataclass(frozen=True)
class Case:
    name: str
    behaviour: Behaviour
    failure: Failure | None
    wall: Hop
    reason: str
    spoken: dict[str, Any] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    """Alternatives at which Engine.IO was found."""


def answer(body: str, status: str = "200 OK", kind: str = "text/plain") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return (head + body).encode()


def refusal(code: int, message: str) -> bytes:
    return answer(json.dumps({"code": code, "message": message}), "400 Bad Request", "application/json")


NOT_FOUND = answer("no such page", "404 Not Found")


def polls(visit: Visit) -> bytes:
    """Answer as a sound server polls."""
    if b"POST " in visit.request[:5]:
        return answer("ok")
    return answer(LET_IN if b"sid=" in visit.request else OPEN)


def speaks(*messages: str | bytes, polled: Polled = polls, hang: bool = True) -> Behaviour:
    """Accept the socket and say these things one after the other, each after a message of the client but the first."""

    def behave(visit: Visit) -> None:
        visit.read_request()
        if not visit.upgrades:
            visit.conn.sendall(polled(visit))
            return
        visit.accept()
        for number, each in enumerate(messages):
            if number:
                visit.conn.recv(4096)
            visit.conn.sendall(frame(1, each.encode()) if isinstance(each, str) else each)
        if hang:
            visit.hang()

    return behave


def refuses(data: bytes, polled: Polled = polls, held: float = 0.0) -> Behaviour:
    """Refuse the socket with these bytes, after a while."""

    def behave(visit: Visit) -> None:
        visit.read_request()
        if not visit.upgrades:
            visit.conn.sendall(polled(visit))
            return
        visit.over.wait(held)
        visit.conn.sendall(data)

    return behave


def at(path: bytes) -> Polled:
    """Know Engine.IO at one path only."""

    def polled(visit: Visit) -> bytes:
        return answer(OPEN) if visit.request.split(b" ")[1].startswith(path + b"?") else NOT_FOUND

    return polled


def only(engine: int) -> Polled:
    """Speak one revision of the protocol only."""

    def polled(visit: Visit) -> bytes:
        if f"EIO={engine}".encode() not in visit.request:
            return refusal(5, "Unsupported protocol version")
        return answer(f"{len(OPEN)}:{OPEN}2:40" if engine == 3 else OPEN)

    return polled


def forgets(visit: Visit) -> bytes:
    return refusal(1, "Session ID unknown") if b"sid=" in visit.request else answer(OPEN)


def stalls(visit: Visit) -> bytes:
    if b"sid=" in visit.request and visit.request.startswith(b"GET"):
        visit.over.wait(5)
    return polls(visit)


def never_enters(visit: Visit) -> bytes:
    return answer("6") if b"sid=" in visit.request and visit.request.startswith(b"GET") else polls(visit)


def says(data: bytes) -> Polled:
    return lambda visit: data


APP, PROXY = Hop.APPLICATION, Hop.PROXY
WS = {"transports": ["websocket"]}
POLL = {"transports": ["polling"]}
HTTP_INSIDE = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 28\r\n\r\nUnsupported protocol version"
BAD = answer("Transport unknown", "400 Bad Request", "text/html")

CASES = [
    Case("silence", speaks(polled=says(NOT_FOUND)), Failure.NO_ECHO, APP, "no open packet of Engine.IO came"),
    Case("a plain server", speaks("hello", polled=says(NOT_FOUND)), Failure.ENGINE_IO, APP, "first message is hello"),
    Case("garbage in the open packet", speaks('0{"sid":', polled=says(NOT_FOUND)), Failure.ENGINE_IO, APP, '0{"sid":'),
    Case("an open packet without sid", speaks("0{}", polled=says(NOT_FOUND)), Failure.ENGINE_IO, APP, "is 0{} and no"),
    Case("escapes", speaks("\x1b[2J", polled=says(NOT_FOUND)), Failure.ENGINE_IO, APP, r"\x1b[2J"),
    Case(
        "closes after the open packet", speaks(OPEN, close_frame(1011, "oops")), Failure.EARLY_CLOSE, APP, "1011 (oops)"
    ),
    Case("ends after the open packet", speaks(OPEN, hang=False), Failure.EARLY_CLOSE, APP, "without a close frame", WS),
    Case("no namespace", speaks(OPEN), Failure.NO_ECHO, APP, "no answer for the namespace /"),
    Case("another namespace", speaks(OPEN, "40/x,{}"), Failure.NO_ECHO, APP, "no answer for the namespace /"),
    Case("refuses the namespace", speaks(OPEN, '44{"message":"Nope"}'), Failure.NAMESPACE, APP, "namespace /: Nope"),
    Case("refuses without words", speaks(OPEN, "44"), Failure.NAMESPACE, APP, "no reason given"),
    Case("refuses in another shape", speaks(OPEN, "44[1]"), Failure.NAMESPACE, APP, "namespace /: [1]"),
    Case(
        "speaks as of old",
        speaks(OPEN, "40", polled=only(3)),
        Failure.ENGINE_IO,
        APP,
        "Socket.IO 2",
        {},
        ("Engine.IO 3",),
    ),
    Case(
        "HTTP after the 101",
        speaks(HTTP_INSIDE, polled=only(4)),
        Failure.ENGINE_IO,
        APP,
        "400 Unsupported protocol",
        {"engine": 3},
        ("Engine.IO 4",),
    ),
    Case("garbage after the 101", speaks(b"HTTP/rubbish\r\n\r\n"), Failure.GARBAGE, APP, "status line is not HTTP", WS),
    Case(
        "an oversized packet", speaks(b"\x81\x7f" + (1 << 40).to_bytes(8)), Failure.TOO_LARGE, APP, "1099511627776", WS
    ),
    Case("the upgrade taken away", refuses(refusal(3, "Bad request")), Failure.STATUS, PROXY, '"code": 3'),
    Case("no websocket", refuses(refusal(0, "Transport unknown")), Failure.STATUS, PROXY, "Transport unknown"),
    Case("no websocket, as text", refuses(BAD), Failure.STATUS, PROXY, "101: Transport unknown"),
    Case(
        "hangs up after a second",
        refuses(b"", at(b"/socket.io/"), 1.0),
        Failure.CLOSED,
        PROXY,
        "without an answer",
        {"timeout": 2},
        ("path /socket.io/",),
    ),
    Case("wants no slash", refuses(b"", at(b"/ws")), Failure.CLOSED, PROXY, "without an answer", {}, ("path /ws",)),
    Case(
        "wants a slash",
        refuses(b"", at(b"/ws/")),
        Failure.CLOSED,
        PROXY,
        "without an answer",
        {"trailing_slash": False},
        ("path /ws/",),
    ),
    Case("nowhere", refuses(NOT_FOUND, says(NOT_FOUND)), Failure.STATUS, PROXY, "404 Not Found instead of 101"),
    Case("forgets its sessions", speaks(OPEN, LET_IN, polled=forgets), None, APP, "400 Bad Request"),
    Case(
        "polling answers HTML",
        speaks(OPEN, LET_IN, polled=says(answer("<html>", kind="text/html"))),
        None,
        APP,
        "polling is answered 200 OK <html>",
    ),
    Case(
        "polling redirects",
        speaks(OPEN, LET_IN, polled=says(b"HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n")),
        None,
        APP,
        "302 Found to /login",
    ),
    Case("polling is closed", speaks(OPEN, LET_IN, polled=says(b"")), None, APP, "closed without an answer"),
    Case("polling is garbage", speaks(OPEN, LET_IN, polled=says(b"\x00\x01")), None, APP, "not HTTP"),
    Case(
        "polling counts wrongly",
        speaks(OPEN, LET_IN, polled=says(answer("99:0{}"))),
        None,
        APP,
        "polling is answered 200 OK",
    ),
    Case(
        "polling is huge",
        speaks(OPEN, LET_IN, polled=says(answer("x" * 200_000))),
        None,
        APP,
        "polling is answered 200 OK",
    ),
    Case("polling stalls", speaks(OPEN, LET_IN, polled=stalls), None, APP, "no byte of the answer to GET /ws/"),
    Case("polling only, stalls", refuses(NOT_FOUND, stalls), Failure.TIMEOUT, APP, "no byte of the answer", POLL),
    Case("polling only, nothing there", refuses(NOT_FOUND, says(NOT_FOUND)), Failure.STATUS, PROXY, "404", POLL),
    Case("polling only, forgets", refuses(NOT_FOUND, forgets), Failure.NOT_STICKY, APP, "Session ID unknown", POLL),
    Case(
        "polling never lets in",
        refuses(NOT_FOUND, never_enters),
        Failure.NO_ECHO,
        APP,
        "no answer for the namespace",
        POLL,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_misbehaving_session_is_named(case: Case) -> None:
    spoken = {**case.spoken}
    seconds = spoken.pop("timeout", SHORT)
    with serving(case.behaviour) as port:
        began = time.monotonic()
        walk = walk_outside(site(port, socketio=spoken, timeout_seconds=seconds), {})
        took = time.monotonic() - began
    assert not walk.sound
    assert (walk.handshake.failure if walk.handshake else None) is case.failure
    assert walk.wall is case.wall
    assert case.reason in walk.reason
    assert walk.reason.isprintable()
    assert walk.session is not None
    assert tuple(each.name for each in walk.session.others if each.engine) == case.others
    assert took < 4 * seconds + SLACK
    assert "abcdef" not in repr(walk)


def test_the_switch_that_is_not_answered_is_named() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        if not visit.upgrades:
            visit.conn.sendall(polls(visit))
            return
        visit.accept()
        if b"sid=" in visit.request:
            visit.conn.recv(4096)
            visit.conn.sendall(frame(1, b"4what"))
        else:
            visit.conn.sendall(frame(1, OPEN.encode()))
            visit.conn.recv(4096)
            visit.conn.sendall(frame(1, LET_IN.encode()))
        visit.hang()

    with serving(behave) as port:
        walk = walk_outside(site(port, socketio={}), {})
    assert (walk.wall, walk.phases[-1].name, walk.phases[-1].failure) == (APP, "switch", Failure.ENGINE_IO)
    assert "4what to 2probe, not 3probe" in walk.reason


def test_the_time_of_a_hang_up_is_kept() -> None:
    with serving(refuses(b"", at(b"/socket.io/"), 1.0)) as port:
        walk = walk_outside(site(port, socketio={}, timeout_seconds=3), {})
    assert walk.handshake is not None
    assert 0.9 < walk.handshake.seconds < 1.6


def test_a_server_that_says_nothing_is_not_asked_again_and_again() -> None:
    seen: list[bytes] = []

    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.hang()

    with serving(behave, seen=seen) as port:
        walk = walk_outside(site(port, socketio={}), {})
    assert walk.handshake is not None
    assert walk.handshake.failure is Failure.TIMEOUT
    assert len(seen) == 2
