"""Where no route may have been found, the path is asked for with a slash more or fewer at its end."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from wsfix.model.walk import Failure, other_spelling
from wsfix.probes.walk import walk_outside

from .servers import Visit, frame, serving
from .sites import site

NOWHERE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def turned_away(visit: Visit) -> None:
    visit.conn.sendall(NOWHERE)


def hung_up(visit: Visit) -> None:
    visit.conn.shutdown(socket.SHUT_RDWR)


def put_out(visit: Visit) -> None:
    visit.accept()
    visit.conn.sendall(frame(8))


@pytest.mark.parametrize("elsewhere", [turned_away, hung_up, put_out])
def test_the_other_spelling_is_tried_and_taken(elsewhere: Callable[[Visit], None]) -> None:
    def behave(visit: Visit) -> None:
        if not visit.read_request().startswith(b"GET /ws/ "):
            elsewhere(visit)
            return
        visit.accept()
        visit.conn.sendall(frame(1, b"hi"))
        visit.hang()

    with serving(behave) as port:
        walk = walk_outside(site(port, path="/ws"), {})
    assert not walk.sound
    assert walk.other_spelling


def test_where_both_are_refused_the_other_spelling_is_not_taken() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        turned_away(visit)

    with serving(behave) as port:
        walk = walk_outside(site(port, path="/ws/"), {})
    assert walk.respelled is not None
    assert walk.respelled.failure is Failure.STATUS
    assert not walk.other_spelling


def test_a_server_that_takes_every_path_and_keeps_none_tells_nothing() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        put_out(visit)

    with serving(behave) as port:
        walk = walk_outside(site(port, path="/ws"), {})
    assert walk.respelled is not None
    assert not walk.other_spelling


def test_a_refusal_by_token_is_no_reason_to_try() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.conn.sendall(NOWHERE.replace(b"404 Not Found", b"401 Unauthorized"))

    with serving(behave) as port:
        assert walk_outside(site(port, path="/ws"), {}).respelled is None


def test_one_slash_more_or_fewer() -> None:
    assert [other_spelling(path) for path in ("/ws", "/ws/", "/a/b")] == ["/ws/", "/ws", "/a/b/"]
