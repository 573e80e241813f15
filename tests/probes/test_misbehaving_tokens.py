"""Every way in which a log-in or a token request misbehaves is a sentence, within the deadline, without the secret."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import pytest

from wsfix.model.hop import Hop
from wsfix.model.parts import Backend
from wsfix.model.walk import Failure, Place, Walk
from wsfix.probes.stream import dial_tcp
from wsfix.probes.walk import walk_from_host, walk_outside

from .authority import Authority
from .servers import Behaviour, Visit, frame, serving
from .sites import SHORT, site

SLACK = 4.0
PASSWORD = "pass-w0rd/&x"
TOKEN = "t0ken-t0ken-t0ken"
BY_LOGIN = {
    "login": {"path": "/login", "fields": {"user": "a", "password": {"from_env": "PW"}}},
    "token": {"path": "/token"},
}
BY_TOKEN = {"token": {"path": "/token?for=ws"}}


@dataclass(frozen=True)
class Case:
    name: str
    answer: bytes | None
    """Of the token's request; None never answers."""
    reason: str
    failure: Failure = Failure.TOKEN


def said(body: object, status: str = "200 OK", *headers: str, kind: str = "application/json") -> bytes:
    text = body if isinstance(body, str) else json.dumps(body)
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(text.encode())}", *headers]
    return ("\r\n".join(lines) + f"\r\n\r\n{text}").encode()


def api(answers: dict[str, bytes | None], accepts: bool = False) -> Behaviour:
    """Answer by path; the socket is refused with 401 unless it is accepted and greeted."""

    def behave(visit: Visit) -> None:
        request = visit.read_request()
        path = request.split(b" ")[1].decode().partition("?")[0]
        if visit.upgrades and accepts:
            visit.accept()
            visit.conn.sendall(frame(1, b"hi"))
            return
        answer = answers.get(path, said({}, "401 Unauthorized"))
        if answer is None:
            visit.hang()
        else:
            visit.conn.sendall(answer)

    return behave


CASES = [
    Case("hangs", None, "the request of the token failed: no byte of the answer to GET /token came", Failure.TIMEOUT),
    Case("closes", b"", "closed without an answer", Failure.CLOSED),
    Case("garbage", b"\x00\x01\x02", "the answer is not HTTP", Failure.GARBAGE),
    Case("half an answer", b"HTTP/1.1 200 O", "closed inside an answer", Failure.CLOSED),
    Case("endless headers", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200, "more than 100 headers", Failure.TOO_LARGE),
    Case("HTML", said("<html>app</html>", kind="text/html"), "is a page and no JSON"),
    Case("HTML that says it is JSON", said("  <!doctype html>"), "is a page and no JSON"),
    Case("text", said("granted", kind="text/plain"), "is no JSON (text/plain)"),
    Case("nothing", said(""), "is empty, and JSON was awaited"),
    Case("half of a JSON", said('{"token": "abc'), "is no JSON (application/json)"),
    Case("a deep JSON", said("[" * 60_000), "is no JSON"),
    Case("a huge answer", said({"token": "x" * 70_000}), "is longer than 64 KiB"),
    Case("a wrong field", said({"access": "x", "user": {}}), "holds no field token; it holds access, user"),
    Case("an empty object", said({}), "holds no field token"),
    Case("a list", said(["x"]), "holds no field token"),
    Case(
        "no text",
        said({"token": {"value": "x"}}),
        "the field token of the answer to the request of the token is no text",
    ),
    Case("an empty token", said({"token": ""}), "is no text"),
    Case("a token of two lines", said({"token": "a\r\nX-Evil: 1"}), "has signs that no header may have"),
    Case(
        "a redirect", said("", "302 Found", "Location: /login?next=/token"), "answered 302 Found to /login?next=/token"
    ),
    Case("401", said({"detail": "not logged in"}, "401 Unauthorized"), 'was answered 401 Unauthorized: {"detail"'),
    Case("404", said("<html>", "404 Not Found", kind="text/html"), "was answered 404 Not Found"),
    Case("500", said("trace of everything", "500 Internal Server Error"), "was answered 500 Internal Server Error"),
    Case("502", said("<html>", "502 Bad Gateway", kind="text/html"), "was answered 502 Bad Gateway"),
    Case("escapes", said("\x1b[2J", "403 \x1b[2Jno"), r"403 \x1b[2Jno"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_token_that_cannot_be_had_is_told(case: Case) -> None:
    with serving(api({"/token": case.answer})) as port:
        began = time.monotonic()
        walk = walk_outside(site(port, **BY_TOKEN), {})
        took = time.monotonic() - began
    assert case.reason in walk.reason
    assert walk.reason.isprintable()
    assert (walk.sound, walk.wall) == (False, Hop.APPLICATION)
    assert walk.credential is not None
    assert [(step.name, step.failure) for step in walk.credential.steps] == [("token", case.failure)]
    assert took < 3 * SHORT + SLACK


def flow(
    answers: dict[str, bytes | None], probe: dict[str, Any] = BY_LOGIN, path: str = "/ws"
) -> tuple[Walk, list[str]]:
    seen: list[bytes] = []
    with serving(api(answers, accepts=True), seen=seen) as port:
        walk = walk_outside(site(port, path=path, **probe), {"PW": PASSWORD})
    return walk, [request.decode() for request in seen]


def test_the_cookies_of_the_log_in_go_where_a_browser_sends_them() -> None:
    cookies = [
        "Set-Cookie: session=s3ss10n; HttpOnly; Path=/; SameSite=Strict",
        "Set-Cookie: api=only-there; Path=/api",
        "Set-Cookie: safe=over-tls; Secure",
        "Set-Cookie: gone=x; Max-Age=0",
        "Set-Cookie: foreign=x; Domain=example.org",
        "Set-Cookie: nonsense",
    ]
    answers = {"/login": said({}, "200 OK", *cookies), "/token": said({"token": TOKEN})}
    walk, seen = flow(answers)
    assert walk.sound, walk.reason
    log_in, token, socket = seen[:3]
    assert "Cookie:" not in log_in
    assert "\r\nCookie: session=s3ss10n\r\n" in token
    assert "\r\nCookie: session=s3ss10n\r\n" in socket
    assert f"GET /ws?token={TOKEN} " in socket
    assert "s3ss10n" not in repr(walk)
    assert TOKEN not in repr(walk)


def test_the_log_in_is_sent_as_json_or_as_a_form() -> None:
    answers = {"/login": said({}, "200 OK", "Set-Cookie: s=abcdefgh"), "/token": said({"token": TOKEN})}
    _, seen = flow(answers)
    assert "Content-Type: application/json\r\n" in seen[0]
    form = {**BY_LOGIN, "login": {**BY_LOGIN["login"], "encoding": "form"}}
    moved = {**answers, "/login": said("", "303 See Other", "Set-Cookie: s=abcdefgh", "Location: /")}
    walk, seen = flow(moved, form)
    assert walk.sound
    assert "Content-Type: application/x-www-form-urlencoded\r\n" in seen[0]


def test_a_log_in_that_redirects_without_a_cookie_has_failed() -> None:
    form = {**BY_LOGIN, "login": {**BY_LOGIN["login"], "encoding": "form"}}
    walk, _ = flow({"/login": said("", "302 Found", "Location: /login?error=1")}, form)
    assert "the log-in at /login was answered 302 Found to /login?error=1" in walk.reason
    assert not walk.sound


def test_a_password_that_is_sent_back_is_not_kept() -> None:
    echoed = said({"detail": f"wrong: {PASSWORD}", "again": PASSWORD}, f"401 {PASSWORD}")
    walk, _ = flow({"/login": echoed})
    assert PASSWORD not in repr(walk)
    assert "<PW>" in walk.reason
    assert walk.credential is not None
    assert walk.credential.steps[0].reply is not None
    assert PASSWORD.encode() not in walk.credential.steps[0].reply.body


def test_a_token_that_is_sent_back_is_not_kept() -> None:
    def behave(visit: Visit) -> None:
        request = visit.read_request()
        if request.startswith(b"GET /token"):
            visit.conn.sendall(said({"token": TOKEN}))
            return
        status = "302 Found" if request.startswith(b"GET /me") else "401 Unauthorized"
        visit.conn.sendall(said({"detail": f"bad token {TOKEN}"}, status, f"Location: /x?token={TOKEN}"))

    with serving(behave) as port:
        walk = walk_outside(site(port, token={"path": "/token", "rest": "/me"}), {})
    assert walk.refused
    assert TOKEN not in repr(walk)
    replies = [walk.handshake and walk.handshake.reply, walk.plain]
    replies += [walk.credential and walk.credential.rest and walk.credential.rest.reply]
    assert not any(TOKEN.encode() in reply.body for reply in replies if reply)


def test_no_log_in_is_made_at_a_server_whose_certificate_is_bad(authority: Authority) -> None:
    seen: list[bytes] = []
    with serving(api({"/login": said({})}), authority.context("expired"), seen=seen) as port:
        walk = walk_outside(
            site(port, "wss", "localhost", ca_file=authority.roots, timeout_seconds=1, **BY_LOGIN), {"PW": PASSWORD}
        )
    assert not any(b"POST" in request or b"/token" in request for request in seen)
    assert (walk.wall, walk.credential) == (Hop.TLS, None)
    assert walk.reason.endswith("asked without the secrets")


def test_at_the_backend_the_prefix_is_taken_off_as_the_proxy_does() -> None:
    probe = {"login": {**BY_LOGIN["login"], "path": "/be/login"}, "token": {"path": "/be/token"}}
    public = site(443, "wss", "chat.example.com", path="/be/ws", **probe).model_copy(
        update={"backend": Backend(port=8000, path="/ws")}
    )
    seen: list[bytes] = []
    answers = {"/login": said({}, "200 OK", "Set-Cookie: s=abcdefgh; Secure"), "/token": said({"token": TOKEN})}
    with serving(api(answers, accepts=True), seen=seen) as port:
        walk = walk_from_host(
            public, Place.BACKEND, dial_tcp, "127.0.0.1", port, tls=False, path="/ws", secrets={"PW": PASSWORD}
        )
    assert walk.sound, walk.reason
    assert [request.split(b" ")[1].partition(b"?")[0] for request in seen] == [b"/login", b"/token", b"/ws"]
    assert all(b"Host: chat.example.com\r\n" in request for request in seen)
    assert b"Cookie: s=abcdefgh\r\n" in seen[2]


def test_a_subprotocol_takes_a_token_only_of_its_signs() -> None:
    with serving(api({"/token": said({"token": "a/b=="})})) as port:
        walk = walk_outside(site(port, token={"path": "/token", "place": "subprotocol", "name": "bearer"}), {})
    assert "signs that no subprotocol may have" in walk.reason
