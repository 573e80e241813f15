"""Log-in, token and socket against a real FastAPI application under uvicorn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.probes.quiet import idle_outside
from wsfix.errors import SpecError
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure, Place, Walk
from wsfix.probes.credential import Keyring
from wsfix.probes.named import require
from wsfix.probes.stream import dial_tcp
from wsfix.probes.walk import walk_from_host, walk_outside

from .apps.tokens import ACCESS, SESSION, token
from .running import uvicorn
from .sites import site

FIELDS = {"email": "a@example.com", "password": {"from_env": "APP_PASSWORD"}}
LOGIN = {"path": "/api/login", "fields": FIELDS}
RIGHT = {"APP_PASSWORD": "right"}
JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with uvicorn("tokens:app", tmp_path_factory.mktemp("log") / "tokens.log") as found:
        yield found


def walked(port: int, path: str, secrets: dict[str, str] = RIGHT, **probe: Any) -> Walk:
    return walk_outside(site(port, path=path, timeout_seconds=5, send="hi", expect="hi", **probe), secrets)


def tells_nothing(walk: Walk, *secrets: str) -> bool:
    told = repr(walk)
    return not JWT.search(told) and not any(secret in told for secret in (SESSION, ACCESS, *secrets))


@pytest.mark.parametrize(
    ("path", "probe"),
    [
        ("/ws/query", {"login": LOGIN, "token": {"path": "/api/ws-token"}}),
        ("/ws/query", {"login": LOGIN, "token": {"field": "ws"}}),
        (
            "/ws/query",
            {
                "login": {**LOGIN, "bearer_field": "data.access_token"},
                "token": {"path": "/api/bearer-token", "field": "ws_token"},
            },
        ),
        (
            "/ws/query",
            {"login": {**LOGIN, "path": "/api/form", "encoding": "form"}, "token": {"path": "/api/ws-token"}},
        ),
        ("/ws/cookie", {"login": LOGIN}),
        ("/ws/subprotocol", {"login": LOGIN, "token": {"field": "ws", "place": "subprotocol", "name": "bearer"}}),
        ("/ws/header", {"login": LOGIN, "token": {"field": "ws", "place": "header", "name": "Authorization"}}),
    ],
)
def test_the_credential_is_had_and_put_where_the_clients_put_it(port: int, path: str, probe: dict[str, Any]) -> None:
    walk = walked(port, path, **probe)
    assert walk.sound, walk.reason
    assert walk.credential is not None
    assert walk.credential.held
    assert [step.name for step in walk.credential.steps] == [
        phase.name for phase in walk.phases if phase.name in {"log-in", "token"}
    ]
    assert tells_nothing(walk, "right")


def test_the_end_of_a_token_is_read_and_the_token_is_not_kept(port: int) -> None:
    walk = walked(port, "/ws/query", login=LOGIN, token={"field": "ws"})
    assert walk.credential is not None
    assert walk.credential.seconds_left is not None
    assert 250 < walk.credential.seconds_left < 301


def test_an_expired_token_is_told_by_its_own_end(port: int) -> None:
    walk = walked(port, "/ws/query", token={"path": "/api/old-token", "rest": "/api/me"})
    assert walk.refused
    assert walk.handshake is not None
    assert walk.handshake.close_code == 1008
    assert walk.credential is not None
    assert walk.credential.seconds_left is not None
    assert walk.credential.seconds_left < -3000
    assert walk.credential.rest is not None
    assert walk.credential.rest.failure is Failure.STATUS


def test_rest_takes_the_token_that_the_socket_refuses(port: int) -> None:
    named = {"value": {"from_env": "WS_TOKEN"}, "rest": "/api/me"}
    walk = walked(port, "/ws/by-id", {"WS_TOKEN": token()}, token=named)
    assert walk.refused
    assert walk.credential is not None
    assert walk.credential.rest is not None
    assert (walk.credential.rest.failure, walk.credential.bare is not None) == (None, True)
    assert tells_nothing(walk)


def test_rest_is_not_asked_where_the_socket_opens(port: int) -> None:
    walk = walked(port, "/ws/query", login=LOGIN, token={"field": "ws", "rest": "/api/me"})
    assert walk.credential is not None
    assert walk.credential.rest is None


@pytest.mark.parametrize(
    ("path", "status", "proved"), [("/ws/hidden/1", 403, False), ("/ws/open/1", 101, True), ("/ws/header", 401, False)]
)
def test_the_same_handshake_is_made_without_the_credential(port: int, path: str, status: int, proved: bool) -> None:
    place = {"place": "header", "name": "Authorization"} if path == "/ws/header" else {}
    walk = walked(port, path.replace("1", "{user}"), login=LOGIN, token={"field": "ws", **place})
    assert walk.sound
    assert walk.credential is not None
    assert walk.credential.bare is not None
    assert walk.credential.bare.reply is not None
    assert (walk.credential.bare.reply.status, walk.credential.bare.proved) == (status, proved)


@pytest.mark.parametrize(
    ("probe", "step", "reason"),
    [
        ({"login": LOGIN}, "log-in", "the log-in at /api/login was answered 401 Unauthorized"),
        ({"login": {**LOGIN, "path": "/api/nowhere"}}, "log-in", "answered 404 Not Found"),
        ({"login": {**LOGIN, "path": "/api/form", "encoding": "form"}}, "log-in", "answered 200 OK and set no cookie"),
        (
            {"login": {**LOGIN, "path": "/api/form", "encoding": "form"}, "token": {"field": "ws"}},
            "log-in",
            "is a page and no JSON",
        ),
        ({"token": {"path": "/api/ws-token"}}, "token", 'answered 401 Unauthorized: {"detail":"not logged in"}'),
        ({"token": {"path": "/api/page"}}, "token", "is a page and no JSON"),
        ({"token": {"path": "/api/old-token", "field": "jwt"}}, "token", "holds no field jwt; it holds token"),
        ({"token": {"path": "/openapi.json", "field": "info"}}, "token", "the field info of the answer"),
        (
            {"token": {"path": "/openapi.json", "field": "info.nothing.here"}},
            "token",
            "holds no field info.nothing.here",
        ),
    ],
)
def test_a_step_that_fails_is_named(port: int, probe: dict[str, Any], step: str, reason: str) -> None:
    walk = walked(port, "/ws/query", {"APP_PASSWORD": "wrong-password"}, **probe)
    assert not walk.sound
    assert walk.wall is Hop.APPLICATION
    assert walk.credential is not None
    assert not walk.credential.held
    assert [each.name for each in walk.credential.steps if each.failure] == [step]
    assert reason in walk.reason
    assert tells_nothing(walk, "wrong-password")


def test_a_socket_that_opens_without_the_log_in_that_fails_is_not_sound(port: int) -> None:
    walk = walked(port, "/ws/open/1", {"APP_PASSWORD": "wrong-password"}, login=LOGIN)
    assert walk.handshake is not None
    assert walk.handshake.proved
    assert (walk.sound, walk.wall) == (False, Hop.APPLICATION)


def test_one_log_in_serves_all_walks_of_a_look(port: int) -> None:
    keyring, asked = Keyring(), site(port, path="/ws/query", timeout_seconds=5, login=LOGIN, token={"field": "ws"})
    first = walk_outside(asked, RIGHT, keyring=keyring)
    again = walk_from_host(
        asked, Place.BACKEND, dial_tcp, "127.0.0.1", port, tls=False, path="/ws/query", secrets=RIGHT, keyring=keyring
    )
    assert (first.sound, again.sound) == (True, True)
    assert again.credential is not None
    assert (again.credential.steps, again.credential.held) == ((), True)


def test_a_program_that_may_be_anybody_s_is_told_no_secret(port: int) -> None:
    asked = site(port, path="/ws/query", timeout_seconds=5, login=LOGIN, token={"field": "ws"})
    walk = walk_from_host(
        asked, Place.BACKEND, dial_tcp, "127.0.0.1", port, tls=False, path="/ws/query", secrets=RIGHT, anonymous=True
    )
    assert walk.credential is None
    assert walk.handshake is not None
    assert walk.handshake.close_code == 1008


def test_a_silent_socket_is_opened_with_the_credential(port: int) -> None:
    asked = site(port, path="/ws/query", timeout_seconds=5, login=LOGIN, token={"field": "ws"})
    assert idle_outside(asked, 0.2, RIGHT).survived
    refused = idle_outside(asked, 0.2, {"APP_PASSWORD": "wrong-password"})
    assert refused.failure is Failure.LOGIN


def test_a_missing_name_is_told_before_any_connection(tmp_path: Path) -> None:
    wanted = [
        site(1, login=LOGIN),
        site(1, token={"value": {"from_file": str(tmp_path / "none")}}),
        site(1, socketio={"auth": {"token": {"from_env": "SIO_TOKEN"}}}),
    ]
    with pytest.raises(SpecError) as error:
        require(wanted, {})
    assert str(error.value).splitlines() == [
        "chat: probe.login.fields.password needs the variable APP_PASSWORD, which is not set or empty",
        f"chat: probe.token.value: {tmp_path / 'none'} cannot be read: No such file or directory",
        "chat: socketio.auth.token needs the variable SIO_TOKEN, which is not set or empty",
    ]


def test_a_token_may_stand_in_a_file(port: int, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{token()}\n", encoding="utf-8")
    assert walked(port, "/ws/query", {}, token={"value": {"from_file": str(tmp_path / "token")}}).sound
    (tmp_path / "token").write_text("two\nlines", encoding="utf-8")
    with pytest.raises(SpecError, match="must be one line"):
        walked(port, "/ws/query", {}, token={"value": {"from_file": str(tmp_path / "token")}})
