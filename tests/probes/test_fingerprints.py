"""The answers that the records of frameworks tell are those of real servers of today."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from wsfix.drivers.frameworks import Meaning, meaning, recognise_answer
from wsfix.model.walk import Walk
from wsfix.probes.walk import walk_outside

from .running import uvicorn
from .sites import site

APP = "fingerprints"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with uvicorn(f"{APP}:app", tmp_path_factory.mktemp("log") / "app.log") as found:
        yield found


def told(walk: Walk, framework: str = "fastapi") -> Meaning | None:
    assert walk.handshake is not None
    reply = walk.handshake.reply
    assert reply is not None
    return meaning(framework, reply.status, reply.body, same_as_plain=walk.same_as_plain)


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/nowhere", Meaning.NO_ROUTE_OR_REFUSED),
        ("/refused", Meaning.NO_ROUTE_OR_REFUSED),
        ("/fails", Meaning.FAILED),
        ("/hosts/1", Meaning.FOREIGN_HOST),
    ],
)
def test_what_an_application_of_starlette_answers(port: int, path: str, meant: Meaning) -> None:
    assert told(walk_outside(site(port, path=path))) is meant


def test_a_server_that_was_told_not_to_upgrade(tmp_path: Path) -> None:
    with uvicorn(f"{APP}:app", tmp_path / "none.log", "--ws", "none") as port:
        walk = walk_outside(site(port, path="/ws"))
    assert told(walk) is Meaning.NOT_UPGRADED
    assert walk.same_as_plain
    assert walk.plain is not None
    server = recognise_answer(walk.plain.header("server"))
    assert server is not None
    assert server.name == "uvicorn"
    assert "No supported WebSocket library detected" in (tmp_path / "none.log").read_text(encoding="utf-8")


def test_cors_lets_a_foreign_origin_open_a_socket(port: int) -> None:
    assert walk_outside(site(port, path="/ws"), origin="https://evil.invalid").sound
