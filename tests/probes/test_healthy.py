from __future__ import annotations

import time
from ipaddress import IPv4Address

import pytest
from websockets.sync.server import ServerConnection, serve

from wsfix.errors import SpecError
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure, Place
from wsfix.probes.stream import dial_tcp
from wsfix.probes.walk import walk_from_host, walk_outside

from .authority import Authority
from .conftest import run
from .servers import Visit, close_frame, closed_port, frame, serving
from .sites import site


def test_a_ping_and_its_pong_prove_a_sound_socket(healthy: int) -> None:
    walk = walk_outside(site(healthy), {})
    assert walk.sound
    assert walk.wall is None
    assert walk.reason == ""
    assert walk.status == 101
    assert walk.handshake is not None
    assert walk.handshake.accepted
    assert walk.handshake.origin == f"http://127.0.0.1:{healthy}"
    assert [phase.name for phase in walk.phases] == ["resolve", "connect", "upgrade", "echo"]
    assert walk.plain is None
    assert walk.target == f"127.0.0.1:{healthy}/ws"


def test_an_echo_proves_a_sound_socket(healthy: int) -> None:
    walk = walk_outside(site(healthy, send="hello", expect="hello"), {})
    assert walk.sound
    assert walk.handshake is not None
    assert walk.handshake.answer == "hello"


def test_a_sound_socket_over_tls_has_a_good_certificate(healthy_tls: int, authority: Authority) -> None:
    walk = walk_outside(site(healthy_tls, "wss", "localhost", ca_file=authority.roots), {})
    assert walk.sound
    assert walk.certificate is not None
    assert walk.certificate.verify_code == 0
    assert walk.certificate.chain_length == 2
    assert walk.certificate.names == ("localhost", "127.0.0.1")
    assert walk.certificate.issuer == "CN=test intermediate"
    assert walk.certificate.not_before < time.time() < walk.certificate.not_after
    assert [phase.name for phase in walk.phases] == ["resolve", "connect", "tls", "upgrade", "echo"]


def test_an_address_as_the_name_is_verified_too(healthy_tls: int, authority: Authority) -> None:
    assert walk_outside(site(healthy_tls, "wss", ca_file=authority.roots), {}).sound


def test_a_fixed_address_leaves_the_resolver_out(healthy_tls: int, authority: Authority) -> None:
    fixed = site(healthy_tls, "wss", "localhost", ca_file=authority.roots).model_copy(
        update={"address": IPv4Address("127.0.0.1")}
    )
    walk = walk_outside(fixed, {}, lookup=_no_lookup)
    assert walk.sound
    assert walk.addresses == ("127.0.0.1",)


def _no_lookup(name: str, port: int) -> list[tuple[object, ...]]:
    raise AssertionError(name)


def test_a_subprotocol_that_is_echoed_is_fine() -> None:
    with serve(_silent, "127.0.0.1", 0, subprotocols=["chat"]) as server:  # type: ignore[list-item]
        for port in run(server):
            walk = walk_outside(site(port, subprotocol="chat"), {})
    assert walk.sound
    assert walk.handshake is not None
    assert walk.handshake.subprotocol == "chat"


def _silent(connection: ServerConnection) -> None:
    for _ in connection:
        continue


def test_a_first_message_is_proof_even_without_a_pong() -> None:
    with serving(_greets) as port:
        walk = walk_outside(site(port), {})
    assert walk.sound
    assert walk.handshake is not None
    assert walk.handshake.answer == '0{"sid":"x"}'


def _greets(visit: Visit) -> None:
    visit.read_request()
    visit.accept()
    visit.conn.sendall(frame(1, b'0{"sid"', first=0x01) + frame(9, b"?") + frame(0, b':"x"}') + close_frame(1000))


def test_an_early_hint_and_an_odd_spelling_are_no_fault() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.conn.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        visit.accept(upgrade="WebSocket", connection="keep-alive, UPGRADE")
        visit.conn.sendall(frame(2, b"\x00\x01"))

    with serving(behave) as port:
        assert walk_outside(site(port), {}).sound


def test_the_expected_message_may_come_after_others() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.accept()
        visit.conn.sendall(frame(1, b"welcome") + frame(1, b"x" * 70000) + frame(1, b"you said hello"))

    with serving(behave) as port:
        walk = walk_outside(site(port, send="hello", expect="hello"), {})
    assert walk.handshake is not None
    assert walk.handshake.answer == "you said hello"


def test_the_identity_test_tells_that_nobody_upgraded() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.conn.sendall(b'HTTP/1.1 404 Not Found\r\nContent-Length: 22\r\n\r\n{"detail":"Not Found"}')

    seen: list[bytes] = []
    with serving(behave, seen=seen) as port:
        walk = walk_outside(site(port), {})
    assert walk.same_as_plain
    assert walk.phases[-1].name == "plain"
    upgrade, plain, respelled = (request.decode().split("\r\n") for request in seen)
    assert respelled[0] == upgrade[0].replace(" HTTP/1.1", "/ HTTP/1.1")
    only = {line.split(":")[0] for line in upgrade} - {line.split(":")[0] for line in plain}
    assert only == {
        *("Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions")
    }
    assert set(plain) < set(upgrade)
    assert any(walk.nonce in line for line in plain if line.startswith("User-Agent: wsfix/"))


def test_the_identity_test_tells_that_the_upgrade_was_refused() -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        status = "403 Forbidden" if visit.upgrades else "404 Not Found"
        visit.conn.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    with serving(behave) as port:
        walk = walk_outside(site(port), {})
    assert not walk.same_as_plain
    assert walk.plain is not None
    assert walk.plain.status == 404


def test_the_backend_is_asked_the_same_and_told_what_a_proxy_tells() -> None:
    public = site(443, "wss", "chat.example.com", path="/public")
    seen: list[bytes] = []

    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.accept()
        visit.conn.sendall(frame(1, b"hi"))

    with serving(behave, seen=seen) as port:
        walk = walk_from_host(public, Place.BACKEND, dial_tcp, "127.0.0.1", port, tls=False, path="/ws", secrets={})
    assert walk.sound
    assert walk.addresses == ()
    assert [phase.name for phase in walk.phases] == ["connect", "upgrade", "echo"]
    lines = seen[0].decode().split("\r\n")
    assert lines[0] == "GET /ws HTTP/1.1"
    assert {
        "Host: chat.example.com",
        "Origin: https://chat.example.com",
        "X-Forwarded-Proto: https",
        "X-Forwarded-For: 127.0.0.1",
    } < set(lines)


def test_a_backend_that_speaks_tls_by_itself_is_known_from_one_that_hangs_up(authority: Authority) -> None:
    public = site(443, "wss", "chat.example.com", path="/public")

    def behave(visit: Visit) -> None:
        visit.read_request()

    context = authority.context(names=("chat.example.com",))
    with serving(behave, context) as with_tls, serving(behave) as plain:
        secured, silent = (
            walk_from_host(public, Place.BACKEND, dial_tcp, "127.0.0.1", port, tls=False, path="/ws", secrets={})
            for port in (with_tls, plain)
        )
    assert secured.handshake is not None
    assert secured.handshake.reply is None
    assert (secured.tls_spoken, silent.tls_spoken) == (True, False)


def test_the_proxy_on_the_host_is_asked_by_the_public_name(authority: Authority) -> None:
    context = authority.context(names=("chat.example.com",))
    asked: list[str | None] = []
    context.sni_callback = lambda _, name, __: asked.append(name)  # type: ignore[assignment]
    public = site(443, "wss", "chat.example.com", ca_file=authority.roots)

    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.accept()
        visit.conn.sendall(frame(1, b"hi"))

    with serving(behave, context) as port:
        walk = walk_from_host(public, Place.PROXY, dial_tcp, "127.0.0.1", port, tls=True, path="/ws", secrets={})
    assert walk.sound
    assert asked == ["chat.example.com"]


@pytest.mark.parametrize(("place", "wall"), [(Place.PROXY, Hop.PROXY), (Place.BACKEND, Hop.BACKEND)])
def test_what_refuses_on_the_host_is_the_program_that_should_listen(place: Place, wall: Hop) -> None:
    walk = walk_from_host(site(80), place, dial_tcp, "127.0.0.1", closed_port(), tls=False, path="/", secrets={})
    assert walk.wall is wall
    assert walk.connections[0].failure is Failure.REFUSED


def test_another_origin_or_none_can_be_sent(healthy: int) -> None:
    with serve(_silent, "127.0.0.1", 0, origins=["https://page.example"]) as server:  # type: ignore[list-item]
        for port in run(server):
            own = walk_outside(site(port), {})
            page = walk_outside(site(port), {}, origin="https://page.example")
            none = walk_outside(site(port), {}, origin="")
    assert (own.status, page.status, none.status) == (403, 101, 403)
    assert none.handshake is not None
    assert none.handshake.origin is None


def test_an_ipv6_host_is_written_in_brackets() -> None:
    seen: list[bytes] = []

    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.accept()
        visit.conn.sendall(frame(1, b"hi"))

    with serving(behave, host="::1", seen=seen) as port:
        walk = walk_outside(site(port, host="[::1]"), {})
    assert walk.sound
    assert f"Host: [::1]:{port}\r\n".encode() in seen[0]


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", "*" * 254])
def test_a_host_that_cannot_be_a_name_is_refused_before_any_connection(host: str) -> None:
    with pytest.raises(SpecError, match="cannot be a host's name"):
        walk_outside(site(80, host=host), {})
