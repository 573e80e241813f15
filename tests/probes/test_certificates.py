from __future__ import annotations

import socket
import ssl
import time

import pytest

from wsfix.errors import SpecError
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure, Walk
from wsfix.probes.walk import walk_outside

from .authority import Authority
from .servers import Behaviour, Visit, frame, serving
from .sites import SHORT, site


def sound(visit: Visit) -> None:
    visit.read_request()
    visit.accept()
    visit.conn.sendall(frame(1, b"hi"))


def walk_over(context: ssl.SSLContext | None, authority: Authority, behaviour: Behaviour = sound) -> Walk:
    with serving(behaviour, context) as port:
        return walk_outside(site(port, "wss", "localhost", ca_file=authority.roots, timeout_seconds=1.0), {})


@pytest.mark.parametrize(
    ("kind", "code", "reason"),
    [
        ("expired", 10, "the certificate expired on 2"),
        ("not yet valid", 9, "not valid before 2"),
        ("self-signed", 18, "self-signed: CN=localhost"),
        ("missing intermediate", 20, "CN=test intermediate; the server sends 1 certificate"),
        ("wrong host", 62, "is for other.example and not for localhost"),
        ("no name", 62, "is for no name and not for localhost"),
        ("foreign root", 19, "root that is not trusted; the issuer is CN=foreign root"),
    ],
)
def test_a_bad_certificate_is_a_wall_and_what_stands_behind_it_is_seen(
    kind: str, code: int, reason: str, authority: Authority
) -> None:
    walk = walk_over(authority.context(kind), authority)
    assert walk.wall is Hop.TLS
    assert reason in walk.reason
    assert walk.certificate is not None
    assert walk.certificate.verify_code == code
    assert walk.certificate.verify_text
    assert len(walk.certificate.sha256) == 64
    assert [phase.failure for phase in walk.phases if phase.name == "tls"] == [Failure.CERTIFICATE]
    assert walk.handshake is not None
    assert walk.handshake.proved
    assert not walk.sound


def test_a_bad_certificate_hides_nothing_of_what_is_broken_behind_it(authority: Authority) -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.conn.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    walk = walk_over(authority.context("expired"), authority, behave)
    assert walk.wall is Hop.TLS
    assert walk.status == 404
    assert walk.same_as_plain


def _hang(visit: Visit) -> None:
    visit.hang()


def _close(visit: Visit) -> None:
    visit.conn.recv(1)


def _reset(visit: Visit) -> None:
    visit.conn.recv(1)
    visit.reset()


def _says(data: bytes) -> Behaviour:
    def behave(visit: Visit) -> None:
        visit.conn.recv(65536)
        visit.conn.sendall(data)

    return behave


def _drips(visit: Visit) -> None:
    visit.conn.recv(65536)
    visit.drip(b"\x16\x03\x03\x40\x00" + bytes(200))


@pytest.mark.parametrize(
    ("behaviour", "failure", "reason"),
    [
        (_says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Failure.NOT_TLS, "it answers HTTP/1.1 400 Bad Request"),
        (_says(b"SSH-2.0-OpenSSH_9.2\r\n"), Failure.NOT_TLS, "SSH-2.0"),
        (_says(b"\x00\x00\x12\x04"), Failure.NOT_TLS, r"\x00"),
        (_says(b"\x15\x03\x03\x00\x02\x02\x28"), Failure.TLS_FAILED, "no common cipher"),
        (_says(b"\x15\x03\x03\x00\x02\x02\x46"), Failure.TLS_VERSION, "no TLS version from 1.2 on"),
        (_says(b"\x15\x03\x03\x00\x02\x02\x70"), Failure.TLS_NAME, "no site of this name"),
        (_says(b"\x16\x03\x03\x00\x05rubbi"), Failure.TLS_FAILED, "the TLS handshake failed"),
        (_hang, Failure.TIMEOUT, "the TLS handshake within 1 s"),
        (_drips, Failure.TIMEOUT, "the TLS handshake within 1 s"),
        (_close, Failure.CLOSED, "closed during the TLS handshake"),
        (_reset, Failure.RESET, "reset during the TLS handshake"),
    ],
)
def test_a_port_that_does_not_do_tls_is_named(
    behaviour: Behaviour, failure: Failure, reason: str, authority: Authority
) -> None:
    began = time.monotonic()
    walk = walk_over(None, authority, behaviour)
    assert walk.wall is Hop.TLS
    assert walk.phases[-1].failure is failure
    assert reason in walk.reason
    assert walk.handshake is None
    assert time.monotonic() - began < 1.0 + 2.5


def test_a_server_that_prefers_http_2_is_asked_for_http_1_1(authority: Authority) -> None:
    chosen: list[str | None] = []
    context = authority.context()
    context.set_alpn_protocols(["h2", "http/1.1"])

    def behave(visit: Visit) -> None:
        chosen.append(visit.conn.selected_alpn_protocol())  # type: ignore[attr-defined]
        sound(visit)

    assert walk_over(context, authority, behave).sound
    assert chosen == ["http/1.1"]


def test_tls_that_drips_records_does_not_stretch_the_deadline(authority: Authority) -> None:
    """Every record resets no clock, although each of them brings a byte."""

    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.drip(b"HTTP/1.1 101 Switching Protocols\r\n" + b"X-Slow: yes\r\n" * 40)

    walk = walk_over(authority.context(), authority, behave)
    assert walk.handshake is not None
    assert walk.handshake.failure is Failure.TIMEOUT
    assert walk.handshake.seconds < 1.0 + 2.0


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_wants_a_client_certificate_is_a_wall_of_tls(
    version: ssl.TLSVersion, authority: Authority
) -> None:
    context = authority.context()
    context.minimum_version = context.maximum_version = version
    context.load_verify_locations(authority.roots)
    context.verify_mode = ssl.CERT_REQUIRED
    walk = walk_over(context, authority)
    assert walk.wall is Hop.TLS
    assert walk.reason


def test_tls_that_breaks_after_the_101_is_an_early_close(authority: Authority) -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        visit.accept()
        raw = socket.socket(fileno=visit.conn.detach())
        with raw:
            raw.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))

    walk = walk_over(authority.context(), authority, behave)
    assert walk.wall is Hop.APPLICATION
    assert walk.handshake is not None
    assert walk.handshake.failure is Failure.EARLY_CLOSE


def test_a_plain_socket_to_a_tls_port_is_garbage_or_closed(healthy_tls: int) -> None:
    walk = walk_outside(site(healthy_tls), {})
    assert walk.wall is Hop.PROXY
    assert walk.handshake is not None
    assert walk.handshake.failure in {Failure.GARBAGE, Failure.CLOSED, Failure.RESET}


def test_a_ca_file_that_cannot_be_read_is_refused_before_any_connection(tmp_path: object) -> None:
    with pytest.raises(SpecError, match=r"probe\.ca_file: .*none\.pem cannot be read"):
        walk_outside(site(1, "wss", ca_file=f"{tmp_path}/none.pem", timeout_seconds=SHORT), {})
