"""Engine.IO, cookies and tokens as pure text."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from wsfix.model.walk import Reply
from wsfix.probes import engineio
from wsfix.probes.cookies import Cookie, cookie_header, cookies_of, joined
from wsfix.probes.jwt import expires


def jwt(claims: Any) -> str:
    body = claims if isinstance(claims, str) else json.dumps(claims)
    return f"eyJhbGciOiJIUzI1NiJ9.{base64.urlsafe_b64encode(body.encode()).rstrip(b'=').decode()}.sig"


@pytest.mark.parametrize(
    ("token", "end"),
    [
        (jwt({"exp": 1700000000}), 1700000000.0),
        (f"Bearer {jwt({'exp': 1.5})}", 1.5),
        (jwt({"sub": "a"}), None),
        (jwt({"exp": True}), None),
        (jwt({"exp": "soon"}), None),
        (jwt('{"exp": NaN}'), None),
        (jwt('{"exp": 1e999}'), None),
        (jwt([1]), None),
        (jwt("[" * 100_000), None),
        (jwt("no json"), None),
        ("a.b.c", None),
        ("a.b.c.d", None),
        ("opaque", None),
        ("", None),
        ("a.é.c", None),
    ],
)
def test_the_end_of_a_token_is_read_or_there_is_none(token: str, end: float | None) -> None:
    assert expires(token) == end


def reply(body: str, status: int = 400) -> Reply:
    return Reply(status, "", (), body.encode())


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply('{"code":1,"message":"Session ID unknown"}'), 1),
        (reply('{"code":4,"message":"no entry"}', 403), 4),
        (reply("Unsupported protocol version"), 5),
        (reply('"Invalid session abc"'), 1),
        (reply('"Invalid websocket upgrade"'), 3),
        (reply('"The client is using an unsupported version of the Socket.IO or Engine.IO protocols"'), 5),
        (reply('"https://x is not an accepted origin."'), 4),
        (reply("Bad Request"), None),
        (reply("Forbidden", 403), None),
        (reply("Bad request to the upstream"), None),
        (reply('{"code":17,"message":"x"}'), None),
        (reply('{"code":1}'), None),
        (reply('{"code":true,"message":"x"}'), None),
        (reply("[" * 4000), None),
        (reply('{"code":0,"message":"Transport unknown"}', 200), None),
    ],
)
def test_an_error_of_engine_io_is_told_from_others(answer: Reply, code: int | None) -> None:
    assert engineio.error_of(answer) == code


def test_payloads_of_both_protocols_are_split() -> None:
    assert engineio.packets("0{}\x1e40") == (4, ["0{}", "40"])
    assert engineio.packets("3:0{}2:40") == (3, ["0{}", "40"])
    assert engineio.packets("") == (4, [""])
    assert engineio.payload("40", 3) == b"2:40"
    assert engineio.payload("40", 4) == b"40"


@pytest.mark.parametrize(
    ("packet", "namespace", "word"),
    [
        ('40{"sid":"x"}', "/", engineio.Entered()),
        ("40", "/", engineio.Entered(outdated=True)),
        ('40/n,{"sid":"x"}', "/n", engineio.Entered()),
        ('40/n?a=b,{"sid":"x"}', "/n", engineio.Entered()),
        ('40/n,{"sid":"x"}', "/", None),
        ('44{"message":"no"}', "/", engineio.Entered(refusal="no")),
        ('44"no"', "/", engineio.Entered(refusal="no")),
        ("44", "/", engineio.Entered(refusal="no reason given")),
        ('42["x"]', "/", None),
        ("", "/", None),
    ],
)
def test_the_server_s_word_on_a_namespace_is_read(packet: str, namespace: str, word: engineio.Entered | None) -> None:
    assert engineio.entered(packet, namespace) == word


def test_a_namespace_is_asked_for_with_auth_in_protocol_4_only() -> None:
    assert engineio.connect_packet("/", {"t": "x"}, 4) == '40{"t": "x"}'
    assert engineio.connect_packet("/n", {"t": "x"}, 4) == '40/n,{"t": "x"}'
    assert engineio.connect_packet("/n", {"t": "x"}, 3) == "40/n,"


def test_a_cookie_is_sent_below_its_path_and_once() -> None:
    held = joined((Cookie("a", "1"), Cookie("a", "2", "/ws")), (Cookie("a", "3"),))
    assert cookie_header(held, "/ws/x", tls=False) == "a=2; a=3"
    assert cookie_header(held, "/wsx", tls=False) == "a=3"
    assert cookie_header((Cookie("a", "1", secure=True),), "/", tls=False) == ""


def test_a_cookie_without_a_path_belongs_to_the_folder_that_set_it() -> None:
    answer = Reply(200, "", (("Set-Cookie", "a=1"), ("set-cookie", "b=2; Path=bad; Domain=.example.com")))
    assert [each.path for each in cookies_of(answer, "/api/login", "chat.example.com")] == ["/api", "/api"]
    assert [each.name for each in cookies_of(answer, "/login", "chat.example.org")] == ["a"]
