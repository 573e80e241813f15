"""Socket.IO against real servers of python-socketio under uvicorn."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.probes.quiet import idle_outside
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure, Walk
from wsfix.probes.walk import walk_outside

from .running import uvicorn
from .servers import Visit, serving
from .sites import site


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with uvicorn("sessions:app", tmp_path_factory.mktemp("log") / "sessions.log") as found:
        yield found


def walked(
    port: int, path: str = "/ws", secrets: dict[str, str] | None = None, probe: Any = None, **spoken: Any
) -> Walk:
    asked = site(port, path=path, socketio=spoken, timeout_seconds=5, **(probe or {}))
    return walk_outside(asked, secrets or {})


def names(walk: Walk) -> list[str]:
    return [phase.name for phase in walk.phases]


def test_a_session_is_sound_by_websocket_by_polling_and_by_the_switch(port: int) -> None:
    walk = walked(port)
    assert walk.sound, walk.reason
    assert walk.session is not None
    assert (walk.session.opened, walk.session.connected, walk.session.refusal) == (True, True, "")
    assert names(walk) == ["resolve", "connect", "upgrade", "echo", "polling", "session", "switch"]
    assert all(phase.failure is None and phase.seconds > 0 for phase in walk.phases)
    assert walk.target.endswith("/ws/")
    assert walk.session.others == ()
    assert walk.plain is None


def test_only_the_transports_of_the_clients_are_asked(port: int) -> None:
    assert names(walked(port, transports=["websocket"])) == ["resolve", "connect", "upgrade", "echo"]
    polled = walked(port, transports=["polling"])
    assert polled.sound
    assert names(polled) == ["resolve", "connect", "polling", "session"]
    assert polled.status == 200


def test_an_event_is_sent_and_awaited(port: int) -> None:
    walk = walked(port, probe={"send": '["echo","hi"]', "expect": "echoed"})
    assert walk.sound
    assert walk.handshake is not None
    assert walk.handshake.answer.startswith('42["echoed"')


def test_a_namespace_is_entered_or_refused(port: int) -> None:
    assert walked(port, namespace="/orders").sound
    walk = walked(port, namespace="/nobody")
    assert (walk.wall, walk.refused) == (Hop.APPLICATION, True)
    assert walk.session is not None
    assert walk.session.refusal == "Unable to connect"
    assert walk.handshake is not None
    assert walk.handshake.failure is Failure.NAMESPACE
    assert "the namespace /nobody" in walk.reason


def test_auth_goes_along_by_its_name_and_is_never_kept(port: int) -> None:
    auth = {"token": {"from_env": "SIO_TOKEN"}}
    assert walked(port, "/guarded", {"SIO_TOKEN": "right"}, auth=auth).sound
    assert walked(port, "/guarded", {"SIO_TOKEN": "right"}, auth=auth, transports=["polling"]).sound
    for transports in (["websocket"], ["polling"]):
        walk = walked(port, "/guarded", {"SIO_TOKEN": "wrong-one"}, auth=auth, transports=transports)
        assert walk.refused
        assert walk.session is not None
        assert walk.session.refusal == "Unauthorized"
        assert "wrong-one" not in repr(walk)


def test_polling_that_is_switched_off_is_told_by_its_number(port: int) -> None:
    walk = walked(port, "/websocket")
    assert walk.wall is Hop.APPLICATION
    assert walk.session is not None
    assert walk.session.opened
    assert walk.session.polling is not None
    assert (walk.session.polling.engine, walk.session.polling.code) == (None, 0)
    assert "Invalid transport" in walk.reason


def test_a_websocket_that_is_switched_off_is_told_by_the_answer_to_a_plain_get(port: int) -> None:
    walk = walked(port, "/polling")
    assert (walk.sound, walk.status) == (False, 403)
    assert walk.session is not None
    assert (walk.session.connected, walk.session.code) == (True, 0)


def test_a_foreign_origin_is_refused_and_engine_io_is_met_all_the_same(port: int) -> None:
    walk = walked(port, "/strict")
    assert walk.status == 403
    assert walk.session is not None
    assert walk.session.polling is not None
    assert walk.session.polling.code == 4
    assert "not an accepted origin" in walk.session.polling.reason
    assert [each.origin for each in walk.other_origins] == [None]


def test_an_old_client_is_refused_and_the_other_protocol_found(port: int) -> None:
    walk = walked(port, engine=3)
    assert not walk.sound
    assert walk.session is not None
    assert walk.session.polling is not None
    assert walk.session.polling.code == 5
    assert [(each.name, each.engine) for each in walk.session.others] == [("Engine.IO 4", 4)]


def test_another_path_is_found(port: int) -> None:
    walk = walked(port, "/elsewhere")
    assert not walk.sound
    assert walk.session is not None
    assert not walk.session.speaks
    assert [each.path for each in walk.session.others if each.engine] == ["/ws/"]


def _told_apart(walk: Walk) -> bool:
    """Whether requests of one session came to different workers while they were polled."""
    sticky = walk.session.sticky if walk.session is not None else None
    return sticky is not None and sticky.failure is not None


def test_sessions_of_several_workers_are_not_sticky(tmp_path: Path) -> None:
    with uvicorn("sessions:app", tmp_path / "workers.log", "--workers", "4") as port:
        deadline = time.monotonic() + 20
        while not _told_apart(walk := walked(port)) and time.monotonic() < deadline:  # the others come up, and chance
            time.sleep(0.2)
        only = walked(port, transports=["websocket"])
    assert (walk.wall, walk.handshake is not None and walk.handshake.proved) == (Hop.APPLICATION, True)
    assert walk.session is not None
    assert walk.session.sticky is not None
    assert (walk.session.sticky.failure, walk.session.sticky.code) == (Failure.NOT_STICKY, 1)
    assert "Invalid session" in walk.reason
    assert only.sound


def test_a_plain_client_is_told_that_engine_io_answers(port: int) -> None:
    walk = walk_outside(site(port, path="/ws/", timeout_seconds=5), {})
    assert not walk.sound
    assert walk.plain is not None
    assert b"unsupported version" in walk.plain.body


def test_a_silent_session_answers_the_pings_of_engine_io(port: int) -> None:
    silence = idle_outside(site(port, socketio={}, timeout_seconds=5), 0.5, {})
    assert silence.survived, silence.reason


def test_a_socket_at_the_usual_path_of_socket_io_is_asked_for_engine_io(tmp_path: Path) -> None:
    with uvicorn("rooms:at_the_usual_path", tmp_path / "log") as port:
        plain = walk_outside(site(port, path="/socket.io/", timeout_seconds=5), {})
        elsewhere = walk_outside(site(port, path="/ws", timeout_seconds=5), {})
    assert not plain.sound
    assert plain.session is not None
    assert plain.session.speaks
    assert elsewhere.session is None, "an answer that does not look like Engine.IO's is not followed"


def test_a_hang_up_after_a_second_is_followed_to_the_usual_path() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        if visit.upgrades:
            visit.over.wait(1.0)
            return
        known = b"GET /socket.io/?EIO=4" in visit.request
        body = b'0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000}' if known else b"no"
        status = "200 OK" if known else "404 Not Found"
        visit.conn.sendall(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)

    with serving(behave) as port:
        found = walk_outside(site(port, timeout_seconds=5), {})
    assert found.session is not None
    assert [each.speaks for each in found.session.others] == [True]
    assert not found.session.speaks


def test_a_plain_server_that_hangs_up_is_not_taken_for_socket_io() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.over.wait(1.0)

    with serving(behave) as port:
        assert walk_outside(site(port, timeout_seconds=5), {}).session is None
