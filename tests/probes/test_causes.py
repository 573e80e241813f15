"""What real servers answer is named: from the walk to the cause, and no secret stands in the report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wsfix.judge import judge
from wsfix.model.observation import Observation
from wsfix.probes.walk import walk_outside
from wsfix.report.colour import Paint
from wsfix.report.document import render, site_document
from wsfix.report.text import diagnosis_lines

from .apps.tokens import ACCESS, SESSION, token
from .running import uvicorn
from .sites import site

LOGIN = {"path": "/api/login", "fields": {"email": "a@example.com", "password": {"from_env": "APP_PASSWORD"}}}
BY_LOGIN = {"login": LOGIN, "token": {"field": "ws"}}
AUTH = {"auth": {"token": {"from_env": "SIO_TOKEN"}}}
SECRETS = {"APP_PASSWORD": "right", "SIO_TOKEN": "wrong-one", "WS_TOKEN": token(seconds=86_400)}


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    logs: Path = tmp_path_factory.mktemp("log")
    with (
        uvicorn("sessions:app", logs / "sessions.log") as sessions,
        uvicorn("tokens:app", logs / "tokens.log") as tokens,
    ):
        yield {"sessions": sessions, "tokens": tokens}


CASES: list[tuple[str, str, str, Any, dict[str, Any], list[str]]] = [
    ("sessions", "/ws", "sound", {}, {}, []),
    ("sessions", "/elsewhere", "another path", {}, {}, ["sio-path-mismatch"]),
    ("sessions", "/ws", "an old client", {"engine": 3}, {}, ["sio-eio-version"]),
    ("sessions", "/ws", "no namespace", {"namespace": "/nobody"}, {}, ["sio-namespace-invalid"]),
    ("sessions", "/guarded", "refused", AUTH, {}, ["sio-middleware-auth"]),
    ("sessions", "/polling", "no websocket", {}, {}, ["sio-transports-disabled"]),
    ("sessions", "/websocket", "no polling", {}, {}, ["sio-transports-disabled"]),
    ("tokens", "/ws/query", "no Engine.IO, and nothing says why", {}, {}, []),
    ("tokens", "/ws/query", "sound", None, BY_LOGIN, []),
    ("tokens", "/ws/query", "no token", None, {}, ["auth-missing-token"]),
    ("tokens", "/ws/query", "expired", None, {"token": {"path": "/api/old-token"}}, ["auth-token-expired"]),
    ("tokens", "/ws/query", "page", None, {"token": {"path": "/api/page"}}, ["auth-token-unavailable"]),
    (
        "tokens",
        "/ws/by-id",
        "REST takes it",
        None,
        {"token": {"value": {"from_env": "WS_TOKEN"}, "rest": "/api/me"}},
        ["auth-rest-vs-ws-differs", "auth-close-before-accept-hidden"],
    ),
    ("tokens", "/ws/header", "a header", None, BY_LOGIN, ["auth-httpbearer-on-ws"]),
    ("tokens", "/ws/hidden/{user}", "sound", None, BY_LOGIN, []),
    (
        "tokens",
        "/ws/hidden/{user}",
        "hidden",
        None,
        {"token": {"path": "/api/old-token"}},
        ["auth-token-expired", "auth-close-before-accept-hidden"],
    ),
    ("tokens", "/ws/open/{user}", "open", None, BY_LOGIN, ["ws-unauthenticated-id-in-url"]),
]


@pytest.mark.parametrize(("app", "path", "what", "spoken", "probe", "names"), CASES, ids=lambda each: str(each)[:20])
def test_what_a_real_server_answers_is_named(
    ports: dict[str, int], app: str, path: str, what: str, spoken: Any, probe: dict[str, Any], names: list[str]
) -> None:
    asked = site(ports[app], path=path, socketio=spoken, timeout_seconds=3, **probe)
    seen = Observation(asked, outside=walk_outside(asked, SECRETS))
    diagnosis = judge(seen)
    assert [finding.name for finding in diagnosis.findings if not finding.because] == names, (what, diagnosis.reason)
    report = "\n".join(diagnosis_lines(seen, diagnosis, Paint())) + render([site_document(seen, diagnosis)])
    held = (*SECRETS.values(), SESSION, ACCESS)
    assert not any(secret in report for secret in held if secret != "right")
    assert "eyJ" not in report


def test_a_plain_server_is_named_where_clients_speak_socket_io(healthy: int) -> None:
    asked = site(healthy, socketio={})
    diagnosis = judge(Observation(asked, outside=walk_outside(asked, {})))
    assert diagnosis.cause is not None
    assert diagnosis.cause.name == "sio-client-vs-plain-ws"
