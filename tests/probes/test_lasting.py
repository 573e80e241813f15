"""Silent sockets at three places at once, against real servers and a relay: who ends them is told by comparing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.probes.quiet import idle_outside
from wsfix.commands.progress import Bar
from wsfix.judge import judge
from wsfix.lasting import afterwards
from wsfix.model.after import Silence, Wanted
from wsfix.model.inside import Inside
from wsfix.model.observation import Observation
from wsfix.model.walk import Failure, Handshake, Place, Walk
from wsfix.probes.stream import dial_tcp
from wsfix.report.colour import Paint
from wsfix.shell import Ran
from wsfix.triage import Suspect, ended

from .relay import relay
from .running import uvicorn
from .servers import Visit, frame, serving
from .sites import site


@dataclass(frozen=True)
class Here:
    """A host that is this machine; no script is run on it."""

    def run(self, script: str, timeout: float) -> Ran:
        raise NotImplementedError

    def dial(self, host: str, port: int, timeout: float) -> Any:
        return dial_tcp(host, port, timeout)


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server that never pings."""
    with uvicorn("rooms:app", tmp_path_factory.mktemp("silent") / "log", "--ws-ping-interval", "600") as port:
        yield port


def seen(public: int, backend: int, *, path: str = "/room", host: str = "127.0.0.1") -> Observation:
    asked = site(public, host=host, path=path, timeout_seconds=2)
    held = asked.model_copy(update={"backend": type(asked).model_validate({
        "name": "x", "url": "ws://x/", "backend": {"port": backend}}).backend})  # fmt: skip
    sound = Walk(Place.OUTSIDE, "x", handshake=Handshake(None, accepted=True, proved=True))
    return Observation(held, outside=sound, inside=Inside("here", 0.0, listeners=()))


def by(found: Observation) -> Suspect | None:
    end = ended(found)
    return end.by if end is not None else None


def at(found: Observation, place: Place) -> Silence:
    return next(each for each in found.silences if each.place is place and each.pinged_every is None)


def test_the_proxy_is_named_that_ends_it(silent: int) -> None:
    with relay(silent, idle=1.6) as public:
        found = afterwards(seen(public, silent), Wanted(idle=3), shell=Here())
    assert by(found) is Suspect.PROXY
    assert at(found, Place.BACKEND).survived
    assert at(found, Place.OUTSIDE).held < 3
    names = [finding.name for finding in judge(found).findings]
    assert "proxy-idle-close" in names


def test_what_lies_before_the_proxy_is_named(silent: int) -> None:
    with relay(silent, idle=None) as public, relay(public, idle=1.6, host="127.0.0.2", port=public):
        found = afterwards(seen(public, silent, host="127.0.0.2"), Wanted(idle=3), shell=Here())
    assert by(found) is Suspect.BEFORE
    assert at(found, Place.PROXY).survived
    assert "cdn-idle-close" in [finding.name for finding in judge(found).findings]


def test_the_backend_is_named_that_ends_it(tmp_path: Path) -> None:
    ping = ("--ws-ping-interval", "0.3", "--ws-ping-timeout", "0.3")
    with uvicorn("rooms:app", tmp_path / "log", *ping) as backend, relay(backend, idle=None) as public:
        lives = afterwards(seen(public, backend), Wanted(idle=2), shell=Here())
        unanswered = idle_outside(site(public, path="/room"), 3, {}, answer_pings=False)
    assert ended(lives) is None
    assert len(at(lives, Place.OUTSIDE).pings) >= 3
    assert (unanswered.close_code, unanswered.close_reason) == (1011, "keepalive ping timeout")
    told = replace(lives, silences=(unanswered,))
    assert [finding.name for finding in judge(told).findings] == ["server-ping-timeout-1011"]


def test_a_server_that_ends_a_silent_socket_is_named() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.accept()
        visit.over.wait(1.7)
        visit.conn.sendall(frame(8, (4008).to_bytes(2) + b"idle"))

    with serving(behave) as backend, relay(backend, idle=None) as public:
        found = afterwards(seen(public, backend, path="/ws"), Wanted(idle=3), shell=Here())
    assert by(found) is Suspect.BACKEND
    assert "app-idle-close" in [finding.name for finding in judge(found).findings]


def test_a_user_who_may_have_one_socket_keeps_the_one_from_outside(silent: int) -> None:
    with relay(silent, idle=None) as public:
        found = afterwards(seen(public, silent, path="/tabs/carla"), Wanted(idle=2.5), shell=Here())
    assert at(found, Place.OUTSIDE).survived
    assert at(found, Place.PROXY).displaced
    assert at(found, Place.BACKEND).displaced
    assert ended(found) is None


def test_a_ping_of_this_side_keeps_a_socket_that_silence_would_end(
    silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wsfix.lasting.PING_SECONDS", 0.3)
    with relay(silent, idle=1.0) as public:
        found = afterwards(seen(public, silent), Wanted(idle=4), shell=Here())
    end = ended(found)
    assert end is not None
    assert end.pinged is not None
    assert end.pinged.survived
    assert end.of_silence


def test_a_socket_that_nobody_ends_and_that_carries_nothing_any_more_is_told() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.accept()
        visit.hang()

    with serving(behave) as port:
        found = idle_outside(site(port), 0.2, {})
    assert found.vanished
    assert found.failure is Failure.NO_ECHO


def test_progress_is_lines_where_nobody_watches_and_a_bar_where_somebody_does(silent: int) -> None:
    plain = io.StringIO()
    afterwards(seen(silent, silent), Wanted(idle=1.2), tell=Bar(plain, Paint()))
    lines = plain.getvalue().splitlines()
    assert lines[0].startswith("wsfix: chat: 1 silent socket: ")
    assert lines[-1] == "wsfix: chat: 1 silent socket: 1 of 1.2 s"
    assert "\r" not in plain.getvalue()

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    drawn, bar = Terminal(), Bar(Terminal(), Paint())
    bar = Bar(drawn, Paint())
    bar("chat: 3 silent sockets", 32.5, 65)
    bar.clear()
    assert drawn.getvalue() == "\r\033[Kchat: 3 silent sockets " + "█" * 10 + "░" * 10 + "  32 of 65 s\r\033[K"
