"""One message to many sockets, against real servers: with one process and several, by a socket, a request, an event."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wsfix.lasting import UNTOLD, afterwards
from wsfix.model.after import Delivery, Wanted, Way
from wsfix.model.observation import Observation
from wsfix.model.walk import Handshake, Place, Walk
from wsfix.probes.delivery import deliver

from .running import uvicorn
from .servers import closed_port
from .sites import site

SAID = "{nonce}"


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with uvicorn("rooms:app", tmp_path_factory.mktemp("rooms") / "log") as port:
        yield port


def told(port: int, at: str, number: int = 4, /, *, known: dict[str, str] | None = None, **delivery: Any) -> Delivery:
    spoken = {"socketio": {"transports": ["websocket"]}} if at.startswith("/events") else {}
    asked = site(port, path=at, timeout_seconds=5, delivery={"seconds": 2, **delivery}, **spoken)
    assert asked.probe.delivery is not None
    return deliver(asked, asked.probe.delivery, number, known or {})


def test_one_process_tells_everybody(rooms: int) -> None:
    found = told(rooms, "/room", 8, send=SAID)
    assert (found.heard, found.opened, found.whole, found.way) == (8, 8, True, Way.SOCKET)
    assert not found.last_wins


def test_several_processes_tell_some(tmp_path: Path) -> None:
    with uvicorn("rooms:app", tmp_path / "log", "--workers", "4") as port:
        for _ in range(5):  # the kernel hands connections to processes as it likes
            found = told(port, "/room", 16, send=SAID)
            if 0 < found.heard < 16:
                break
    assert 0 < found.heard < found.opened == 16
    assert not found.whole
    assert not found.last_wins


def test_the_last_socket_of_a_user_takes_all(rooms: int) -> None:
    found = told(rooms, "/users/anna", 4, send=SAID)
    assert [ear.heard for ear in found.ears] == [False, False, False, True]
    assert [ear.heard for ear in found.again] == [False, False, False, False, True]
    assert found.last_wins


def test_where_each_is_a_user_all_hear(rooms: int) -> None:
    found = told(rooms, "/users/{user}", 4, send=SAID, each="user")
    assert found.whole
    assert not found.same_user
    assert not found.last_wins


def test_the_older_socket_that_is_closed_is_seen(rooms: int) -> None:
    found = told(rooms, "/tabs/berta", 4, send=SAID)
    assert [ear.closed for ear in found.ears] == [True, True, True, False]
    assert found.last_wins


def test_a_request_publishes_with_a_secret_that_nobody_sees(rooms: int) -> None:
    more = {"path": "/say", "fields": {"text": SAID}, "headers_from_env": {"X-Key": "APP_KEY"}}
    found = told(rooms, "/room", known={"APP_KEY": "right"}, **more)
    assert (found.heard, found.way) == (4, Way.REQUEST)
    refused = told(rooms, "/room", known={"APP_KEY": "wr0ng-s3cret"}, **more)
    assert not refused.published
    assert "403" in refused.reason
    assert "wr0ng" not in repr(refused)


def test_a_form_publishes(rooms: int) -> None:
    assert told(rooms, "/room", path="/form", fields={"text": "hi {nonce}"}, encoding="form").heard == 4


def test_events_of_socket_io_are_emitted_and_heard(tmp_path: Path) -> None:
    with uvicorn("rooms:events", tmp_path / "log") as port:
        found = told(port, "/events/", send='["say", "{nonce}"]')
    assert (found.heard, found.opened) == (4, 4)


def test_a_message_that_never_comes_is_no_delivery(rooms: int) -> None:
    found = told(rooms, "/room", 2, send=SAID, expect="never", seconds=0.4)
    assert (found.heard, found.published, found.whole) == (0, True, False)
    assert "no such message within 0.4 s" in found.ears[0].reason


def test_where_nothing_listens_nothing_is_claimed() -> None:
    found = told(closed_port(), "/room", 2, send=SAID)
    assert not found.published
    assert found.opened == 0
    assert "not opened" in found.reason


def test_how_a_site_publishes_must_be_told(rooms: int) -> None:
    asked = site(rooms, path="/room")
    sound = Walk(Place.OUTSIDE, "x", handshake=Handshake(None, accepted=True, proved=True))
    found = afterwards(Observation(asked, outside=sound), Wanted(delivery=4))
    assert found.delivery is not None
    assert (found.delivery.reason, found.delivery.ears) == (UNTOLD, ())


def test_a_socket_that_does_not_open_is_not_asked_further() -> None:
    asked = Observation(site(1), outside=Walk(Place.OUTSIDE, "x"))
    assert afterwards(asked, Wanted(idle=1, delivery=4)) == asked
