from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

import pytest

from tests.probes.quiet import idle_outside
from wsfix.errors import SpecError
from wsfix.model.hop import Hop
from wsfix.model.walk import Walk
from wsfix.probes.masking import Mask
from wsfix.probes.walk import walk_outside

from .authority import Authority
from .servers import Behaviour, Visit, close_frame, frame, serving
from .sites import site

TOKEN = 's3cr+t/va"lue'
BEARER = "Bearer abcdef123456"
SECRETS = {"WS_TOKEN": TOKEN, "API_AUTH": BEARER}
PROBE = {"query_from_env": {"token": "WS_TOKEN"}, "headers_from_env": {"Authorization": "API_AUTH"}}
SPELLINGS = (TOKEN, quote(TOKEN, safe=""), quote(TOKEN), quote_plus(TOKEN), json.dumps(TOKEN)[1:-1], "abcdef123456")


def walk_past(behaviour: Behaviour, seen: list[bytes] | None = None) -> Walk:
    with serving(behaviour, seen=seen) as port:
        return walk_outside(site(port, **PROBE), SECRETS)


def tells_nothing(walk: Walk) -> bool:
    everything = repr(walk) + repr(walk.handshake and walk.handshake.answer)
    bodies = [reply.body for reply in (walk.plain, walk.handshake and walk.handshake.reply) if reply]
    return not any(each in everything or any(each.encode() in body for body in bodies) for each in SPELLINGS)


def test_secrets_are_sent_in_header_and_query_and_never_kept() -> None:
    seen: list[bytes] = []

    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.conn.sendall(b"HTTP/1.1 401 Unauthorized\r\n\r\n")

    walk = walk_past(behave, seen)
    assert f"GET /ws?token={quote_plus(TOKEN)} HTTP/1.1".encode() in seen[0]
    assert f"Authorization: {BEARER}".encode() in seen[0]
    assert b"token=" in seen[1]
    assert tells_nothing(walk)
    assert walk.target.endswith("/ws")


def test_no_secret_is_told_to_a_server_whose_certificate_is_bad(authority: Authority) -> None:
    seen: list[bytes] = []

    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.conn.sendall(b"HTTP/1.1 401 Unauthorized\r\n\r\n")

    with serving(behave, authority.context("expired"), seen=seen) as port:
        walk = walk_outside(
            site(port, "wss", "localhost", ca_file=authority.roots, timeout_seconds=1, **PROBE), SECRETS
        )
        idle_outside(site(port, "wss", "localhost", ca_file=authority.roots, timeout_seconds=1, **PROBE), 0.1, SECRETS)
    assert len(seen) == 3
    assert not any(b"Authorization" in request or b"token" in request for request in seen)
    assert walk.wall is Hop.TLS
    assert walk.status == 401
    assert walk.reason.endswith("asked without the secrets")


def test_an_echoed_secret_is_kept_by_its_name() -> None:
    def behave(visit: Visit) -> None:
        target = visit.read_request().split(b" ")[1].decode()
        body = " ".join(SPELLINGS)
        lines = [
            f"Location: https://x{target}",
            f"X-Echo: {visit.header('Authorization')}",
            f"Content-Length: {len(body)}",
        ]
        visit.conn.sendall("\r\n".join([f"HTTP/1.1 302 {TOKEN}", *lines, "", body]).encode())

    walk = walk_past(behave)
    assert tells_nothing(walk)
    assert "?token=<WS_TOKEN>" in walk.reason
    assert walk.handshake is not None
    assert walk.handshake.reply is not None
    assert walk.handshake.reply.header("X-Echo") == "<API_AUTH>"
    assert walk.plain is not None
    assert b"<WS_TOKEN>" in walk.plain.body
    assert walk.same_as_plain


@pytest.mark.parametrize(
    "said",
    [
        frame(1, f"you are {TOKEN}".encode()),
        close_frame(1008, f"bad {TOKEN}"),
        frame(8, b"\x03\xee" + TOKEN.encode()),
    ],
)
def test_a_secret_that_comes_back_through_the_socket_is_not_kept(said: bytes) -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.accept()
        visit.conn.sendall(said)
        visit.hang()

    walk = walk_past(behave)
    assert tells_nothing(walk)
    assert walk.handshake is not None
    assert walk.handshake.failure is None or walk.handshake.close_code in {1008, 1006}


@pytest.mark.parametrize(
    "answer",
    [
        TOKEN.encode() + b" is no HTTP",
        b"HTTP/1.1 " + TOKEN.encode() + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + TOKEN.encode() + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + TOKEN.encode()[:-2],
    ],
)
def test_a_secret_in_garbage_is_not_kept(answer: bytes) -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.conn.sendall(answer)

    walk = walk_past(behave)
    assert tells_nothing(walk)
    assert TOKEN[:8] not in repr(walk) + repr(walk.plain and walk.plain.body)


def test_a_short_secret_does_not_spoil_the_validation() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.accept()
        visit.conn.sendall(frame(1, b"a"))

    with serving(behave) as port:
        walk = walk_outside(site(port, query_from_env={"t": "T"}), {"T": "a"})
    assert walk.sound
    assert walk.handshake is not None
    assert walk.handshake.answer == "<T>"


@pytest.mark.parametrize("secrets", [{}, {"WS_TOKEN": ""}])
def test_a_missing_variable_is_named(secrets: dict[str, str]) -> None:
    with pytest.raises(SpecError, match=r"chat: probe\.query_from_env: token needs the variable WS_TOKEN"):
        walk_outside(site(80, query_from_env={"token": "WS_TOKEN"}), secrets)


def test_secrets_come_from_the_environment_by_default(healthy: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WS_TOKEN", TOKEN)
    assert walk_outside(site(healthy, query_from_env={"token": "WS_TOKEN"})).sound


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("X-Token", "one\r\nX-Two: two", "the variable S must be one line"),
        ("Host", "x", "Host is set by the probe itself"),
        ("Sec-WebSocket-Key", "x", "is set by the probe itself"),
        ("no header", "x", "is not a header's name"),
    ],
)
def test_a_header_that_would_spoil_the_request_is_refused(name: str, value: str, words: str) -> None:
    with pytest.raises(SpecError, match=words) as error:
        walk_outside(site(80, headers_from_env={name: "S"}), {"S": value})
    assert "two" not in str(error.value)


def test_a_secret_cut_in_half_at_the_end_of_a_body_is_left_out() -> None:
    assert Mask.of({"T": "0123456789"}).data(b"body 012345678") == b"body "
    assert Mask.of({"T": "0123456789"}).data(b"body 0123456789 end") == b"body <T> end"


def test_a_secret_inside_another_is_hidden_by_the_longer() -> None:
    assert Mask.of({"A": "abcd", "B": "abcdefgh", "T": "T"}).text("abcdefgh abcd") == "<B> <A>"
