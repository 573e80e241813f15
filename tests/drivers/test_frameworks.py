"""Servers by their command lines, and answers that real servers gave (their bytes are in the cases)."""

from __future__ import annotations

from typing import get_args

import pytest

from wsfix.drivers.frameworks import FRAMEWORKS, Meaning, meaning, recognise, recognise_answer
from wsfix.model.parts import Framework

VENV = "/opt/chat/venv/bin/python3 /opt/chat/venv/bin"


@pytest.mark.parametrize(
    ("command", "server", "application", "asgi"),
    [
        (f"{VENV}/uvicorn server:app --host 0.0.0.0 --port 8001", "uvicorn", "server:app", True),
        ("python3 -m uvicorn app.main:app --workers 4", "uvicorn", "app.main:app", True),
        (
            f"{VENV}/gunicorn -w 4 -b 0.0.0.0:8000 Parkmate.wsgi:application",
            "gunicorn",
            "Parkmate.wsgi:application",
            False,
        ),
        ("gunicorn --worker-class=uvicorn_worker.UvicornWorker a.b:app", "gunicorn", "a.b:app", True),
        ("gunicorn -kuvicorn.workers.UvicornWorker a:app", "gunicorn", "a:app", True),
        ("gunicorn -k asgi a:app", "gunicorn", "a:app", True),
        ("gunicorn: master [chat.wsgi:application]", "gunicorn", "chat.wsgi:application", False),
        (f"{VENV}/daphne -b 127.0.0.1 -p 8001 Parkmate.asgi:application", "daphne", "Parkmate.asgi:application", True),
        ("uvicorn --app-dir src --loop uvloop --proxy-headers server:app", "uvicorn", "server:app", True),
        ("gunicorn --preload --max-requests 500 a.wsgi", "gunicorn", "a.wsgi", False),
        ("hypercorn server:app --bind 127.0.0.1:8000", "hypercorn", "server:app", True),
        ("python manage.py runserver 0.0.0.0:8000", "runserver", "", False),
        ("/usr/bin/node /opt/valet/server.js", "node", "", False),
    ],
)
def test_a_server_by_its_command_line(command: str, server: str, application: str, asgi: bool):
    running = recognise(command)
    assert running is not None
    assert (running.server.name, running.application, running.asgi) == (server, application, asgi)


@pytest.mark.parametrize(
    "command", ["nginx: master process", "/usr/sbin/sshd -D", "", "python3 server.py", "vi uvicorn.log"]
)
def test_what_is_no_server_that_is_known(command: str):
    assert recognise(command) is None


@pytest.mark.parametrize(
    ("command", "names", "value"),
    [
        ("uvicorn a:b --ws none", ("--ws",), "none"),
        ("uvicorn a:b --ws=none", ("--ws",), "none"),
        ("uvicorn a:b --reload --port 1", ("--reload",), ""),
        ("uvicorn a:b", ("--reload",), None),
        ("uvicorn a:b --ws-max-size 3", ("--ws-max-size",), "3"),
        ("gunicorn a:b -w4", ("-w", "--workers"), "4"),
        ("gunicorn a:b --workers 3", ("-w", "--workers"), "3"),
        ("uvicorn a:b --root-path /be", ("--root-path",), "/be"),
        ("uvicorn a:b --reload-dir src", ("--reload",), None),
        ("uvicorn 'a:b", ("--ws",), None),
    ],
)
def test_an_option_of_a_command(command: str, names: tuple[str, ...], value: str | None):
    running = recognise(command)
    assert running is not None
    assert running.option(*names) == value


def test_a_file_of_settings_may_say_otherwise():
    told = [
        (running.undecided, running.words)
        for c in ("gunicorn -c g.py a:b", "gunicorn a:b")
        if (running := recognise(c))
    ]
    assert told == [(True, "gunicorn"), (False, "gunicorn with the worker sync")]


@pytest.mark.parametrize(
    ("framework", "status", "body", "same", "meant"),
    [
        ("fastapi", 403, b"", False, Meaning.NO_ROUTE_OR_REFUSED),
        ("fastapi", 403, b"<html>403 Forbidden</html>", False, None),
        ("fastapi", 404, b'{"detail":"Not Found"}', True, Meaning.NOT_UPGRADED),
        ("fastapi", 404, b'{"detail":"Not Found"}', False, None),
        ("starlette", 400, b"Invalid host header", True, Meaning.FOREIGN_HOST),
        ("channels", 500, b"", False, Meaning.FAILED),
        ("channels", 403, b"Access denied", False, Meaning.REFUSED),
        ("channels", 404, b"<!doctype html>", True, Meaning.NOT_UPGRADED),
        ("python-socketio", 400, b'"https://a.example is not an accepted origin."', False, Meaning.FOREIGN_ORIGIN),
        ("python-socketio", 403, b"", False, Meaning.REFUSED),
        ("ws", 400, b"Bad Request", False, Meaning.NO_ROUTE),
        ("ws", 400, b"Missing or invalid Sec-WebSocket-Key header", False, None),
        ("ws", 401, b"Unauthorized", False, Meaning.REFUSED),
        ("aiohttp", 404, b"404: Not Found", True, Meaning.NO_ROUTE),
        ("tornado", 404, b"<html><title>404: Not Found</title>", True, Meaning.NO_ROUTE),
        ("tornado", 403, b"Cross origin websockets not allowed", False, Meaning.FOREIGN_ORIGIN),
        ("other", 403, b"", False, None),
    ],
)
def test_what_an_answer_means(framework: str, status: int, body: bytes, same: bool, meant: Meaning | None):
    assert meaning(framework, status, body, same_as_plain=same) is meant


@pytest.mark.parametrize(
    ("header", "server"),
    [
        ("uvicorn", "uvicorn"),
        ("daphne", "daphne"),
        ("hypercorn-h11", "hypercorn"),
        ("gunicorn", "gunicorn"),
        ("WSGIServer/0.2 CPython/3.11.2", "runserver"),
        ("TornadoServer/6.6.1", "tornado"),
        ("Python/3.11 aiohttp/3.14.5", "aiohttp"),
        ("nginx/1.22.1", None),
        ("", None),
        (None, None),
    ],
)
def test_a_server_by_its_header(header: str | None, server: str | None):
    found = recognise_answer(header)
    assert (found.name if found else None) == server


def test_every_framework_of_the_inventory_but_other_has_a_record():
    assert set(get_args(Framework)) - set(FRAMEWORKS) == {"other"}


def test_pings_of_a_silent_socket():
    told = {
        c: running.ping_seconds
        for c in (
            "uvicorn a:b",
            "gunicorn a:b -k uvicorn_worker.UvicornWorker",
            "gunicorn -k asgi a:b",
            "hypercorn a:b",
        )
        if (running := recognise(c))
    }
    assert list(told.values()) == [20.0, 20.0, None, None]
