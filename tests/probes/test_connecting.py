from __future__ import annotations

import errno
import socket
import threading
import time

import pytest

from wsfix.model.hop import Hop
from wsfix.model.walk import Failure
from wsfix.probes.dns import resolve
from wsfix.probes.stream import Deadline, Stream, dial_tcp
from wsfix.probes.tcp import connect, reachable
from wsfix.probes.walk import walk_outside

from .servers import closed_port, full_queue, serving
from .sites import SHORT, site


def test_the_system_resolves_localhost() -> None:
    assert "127.0.0.1" in resolve("localhost", 80, Deadline.after(5)).addresses


def test_a_name_that_does_not_exist_is_a_wall() -> None:
    def lookup(name: str, port: int) -> list[tuple[object, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    walk = walk_outside(site(80, host="nowhere.example"), {}, lookup=lookup)
    assert walk.wall is Hop.DNS
    assert walk.phases[0].failure is Failure.NAME_NOT_FOUND
    assert walk.reason == "nowhere.example has no address: Name or service not known"
    assert walk.connections == ()


def test_a_resolver_that_hangs_ends_with_its_deadline() -> None:
    over = threading.Event()

    def lookup(name: str, port: int) -> list[tuple[object, ...]]:
        over.wait(10)
        return []

    began = time.monotonic()
    walk = walk_outside(site(80, host="slow.example"), {}, lookup=lookup)
    took = time.monotonic() - began
    over.set()
    assert walk.wall is Hop.DNS
    assert walk.phases[0].failure is Failure.TIMEOUT
    assert took < SHORT + 2


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), Failure.TIMEOUT),
        (socket.gaierror(socket.EAI_FAIL, "Non-recoverable failure"), Failure.NAME_NOT_FOUND),
        (UnicodeError("label too long"), Failure.NAME_NOT_FOUND),
        (OSError(errno.EMFILE, "Too many open files"), Failure.NOT_DIALLED),
    ],
)
def test_a_resolver_that_fails_is_a_value(error: Exception, failure: Failure) -> None:
    def lookup(name: str, port: int) -> list[tuple[object, ...]]:
        raise error

    trouble = resolve("a.example", 80, Deadline.after(2), lookup=lookup).trouble
    assert trouble is not None
    assert trouble.failure is failure


def test_a_name_without_addresses_is_not_found() -> None:
    trouble = resolve("a.example", 80, Deadline.after(2), lookup=lambda _, __: []).trouble
    assert trouble is not None
    assert trouble.failure is Failure.NAME_NOT_FOUND


def test_all_addresses_are_tried_when_the_first_fails_and_the_walk_goes_on() -> None:
    """An AAAA record whose address has no listener is slow for some and is recorded, but it is no wall."""

    def lookup(name: str, port: int) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (address, port)) for address in ("::1", "127.0.0.1", "127.0.0.1", "127.0.0.2")]

    with serving(lambda visit: None) as port:
        walk = walk_outside(site(port, host="two.example"), {}, lookup=lookup)
    assert walk.addresses == ("::1", "127.0.0.1", "127.0.0.2")
    assert [each.failure for each in walk.connections] == [Failure.REFUSED, None, Failure.REFUSED]
    assert walk.wall is Hop.PROXY


def test_a_silent_first_address_leaves_time_for_the_second() -> None:
    with full_queue() as port:
        reached = connect(("127.0.0.1", "127.0.0.1"), port, Deadline.after(0.4))
    assert [each.failure for each in reached.connections] == [Failure.TIMEOUT] * 2
    assert sum(each.seconds for each in reached.connections) < 2


@pytest.mark.parametrize(
    ("error", "pause", "failure", "reason"),
    [
        (OSError(errno.EHOSTUNREACH, "No route to host"), 0.0, Failure.REJECTED, "at once: a firewall rejects"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), 1.1, Failure.UNREACHABLE, "no such host"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), 0.0, Failure.UNREACHABLE, "no route to it from here"),
        (PermissionError(errno.EACCES, "Permission denied"), 0.0, Failure.REJECTED, "a firewall rejects"),
        (PermissionError(errno.EPERM, "Operation not permitted"), 0.0, Failure.NOT_DIALLED, "not dialled: Operation"),
        (OSError(errno.EMFILE, "Too many open files"), 0.0, Failure.NOT_DIALLED, "Too many open files"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), 0.0, Failure.RESET, "reset the connection"),
        (OSError("the channel was refused"), 0.0, Failure.NOT_DIALLED, "the channel was refused"),
    ],
)
def test_every_way_not_to_connect_has_its_word(error: OSError, pause: float, failure: Failure, reason: str) -> None:
    def dial(address: str, port: int, seconds: float) -> Stream:
        time.sleep(pause)
        raise error

    walk = walk_outside(site(80), {}, dial=dial)
    assert walk.wall is Hop.TCP
    assert walk.connections[0].failure is failure
    assert reason in walk.reason


def test_reachable_tells_open_closed_and_dropped_ports_apart() -> None:
    with serving(lambda visit: None) as port:
        assert reachable("127.0.0.1", port, 2.0).failure is None
    assert reachable("127.0.0.1", closed_port(), 2.0).failure is Failure.REFUSED
    with full_queue() as port:
        assert reachable("127.0.0.1", port, 0.3).failure is Failure.TIMEOUT


def test_a_second_connection_that_is_refused_costs_only_the_identity_test() -> None:
    dialled: list[str] = []

    def dial(address: str, port: int, seconds: float) -> Stream:
        dialled.append(address)
        if len(dialled) > 1:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")
        return dial_tcp(address, port, seconds)

    with serving(lambda visit: None) as port:
        walk = walk_outside(site(port), {}, dial=dial)
    assert walk.plain is None
    assert walk.phases[-1].name == "plain"
    assert walk.phases[-1].failure is Failure.REFUSED
    assert walk.wall is Hop.PROXY
