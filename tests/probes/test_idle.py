from __future__ import annotations

import pytest

from tests.probes.quiet import idle_from_host, idle_outside
from wsfix.model.walk import Failure, Place
from wsfix.probes.stream import dial_tcp

from .servers import Visit, close_frame, closed_port, frame, serving
from .sites import site


def test_a_socket_that_lives_through_the_silence_answers_a_ping(healthy: int) -> None:
    silence = idle_outside(site(healthy), 0.3, {})
    assert silence.survived
    assert silence.held >= 0.3
    assert silence.pings == ()


def test_a_proxy_that_cuts_the_silence_is_seen_with_its_time() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.accept()
        visit.over.wait(0.4)

    with serving(behave) as port:
        silence = idle_outside(site(port), 5, {})
    assert not silence.survived
    assert 0.3 < silence.held < 2.5
    assert silence.close_code == 1006
    assert "without a close frame" in silence.reason


def test_a_server_that_closes_says_why() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.accept()
        visit.over.wait(0.1)
        visit.conn.sendall(close_frame(1011, "keepalive ping timeout"))

    with serving(behave) as port:
        silence = idle_outside(site(port), 5, {})
    assert (silence.close_code, silence.close_reason) == (1011, "keepalive ping timeout")
    assert silence.failure is Failure.EARLY_CLOSE


@pytest.mark.parametrize("answers", [True, False])
def test_pings_of_the_server_are_noted_and_answered_or_not(answers: bool) -> None:
    got: list[bytes] = []

    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.accept()
        visit.conn.sendall(frame(1, b"2"))
        visit.conn.sendall(frame(9, b"you?"))
        visit.conn.settimeout(0.3)
        try:
            got.append(visit.conn.recv(100))
        except TimeoutError:
            visit.conn.sendall(close_frame(1011))
            return
        visit.hang()

    with serving(behave) as port:
        silence = idle_outside(site(port), 1.0, {}, answer_pings=answers)
    assert len(silence.pings) == len(silence.messages) == 1
    assert silence.pings[0] < 1
    assert bool(got) is answers
    assert silence.close_code == (None if answers else 1011)


def test_a_socket_that_is_dead_at_the_end_of_the_silence_did_not_survive() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.accept()
        visit.hang()

    with serving(behave) as port:
        silence = idle_outside(site(port), 0.1, {})
    assert silence.failure is Failure.NO_ECHO


def test_a_socket_that_never_opened_is_told_so() -> None:
    assert idle_outside(site(closed_port()), 1, {}).failure is Failure.REFUSED
    with serving(lambda visit: None) as port:
        silence = idle_outside(site(port), 1, {})
    assert silence.failure in {Failure.CLOSED, Failure.RESET}
    assert silence.held == 0


def test_silence_can_be_held_from_the_host(healthy: int) -> None:
    silence = idle_from_host(
        site(80), Place.BACKEND, dial_tcp, "127.0.0.1", healthy, seconds=0.1, tls=False, path="/ws", secrets={}
    )
    assert silence.survived


def test_a_violation_in_the_silence_is_named() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.accept()
        visit.conn.sendall(frame(1, b"x", first=0xF1))
        visit.hang()

    with serving(behave) as port:
        assert idle_outside(site(port), 1, {}).failure is Failure.PROTOCOL
