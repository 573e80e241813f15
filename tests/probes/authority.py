"""A private authority made for one test run: a root, an intermediate, and leaves that are good or bad."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Issuer:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    common: str,
    issuer: Issuer | None,
    *,
    ca: bool,
    sans: tuple[str, ...] = (),
    since: datetime = NOW - DAY,
    until: datetime = NOW + 30 * DAY,
) -> Issuer:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(issuer.certificate.subject if issuer else _name(common))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if sans:
        names = [_general(each) for each in sans]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Issuer(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


class Authority:
    """Hands out server contexts by the word for what is wrong with them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = _certificate("test root", None, ca=True)
        self._middle = _certificate("test intermediate", self._root, ca=True)
        self.roots = str(folder / "roots.pem")
        Path(self.roots).write_bytes(_pem(self._root.certificate))

    def context(self, kind: str = "good", names: tuple[str, ...] = ("localhost", "127.0.0.1")) -> ssl.SSLContext:
        leaf, chain = self._leaf(kind, names)
        stem = f"{kind}-{'-'.join(names)}"
        pem, key = self._folder / f"{stem}.pem", self._folder / f"{stem}.key"
        pem.write_bytes(_pem(leaf.certificate, *chain))
        key.write_bytes(
            leaf.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, key)
        return context

    def _leaf(self, kind: str, names: tuple[str, ...]) -> tuple[Issuer, tuple[x509.Certificate, ...]]:
        middle, chain = self._middle, (self._middle.certificate,)
        foreign = _certificate("foreign root", None, ca=True)
        makers: dict[str, Callable[[], tuple[Issuer, tuple[x509.Certificate, ...]]]] = {
            "good": lambda: (_leaf(middle, names), chain),
            "expired": lambda: (_leaf(middle, names, since=NOW - 9 * DAY, until=NOW - DAY), chain),
            "not yet valid": lambda: (_leaf(middle, names, since=NOW + DAY), chain),
            "self-signed": lambda: (_leaf(None, names), ()),
            "missing intermediate": lambda: (_leaf(middle, names), ()),
            "wrong host": lambda: (_leaf(middle, ("other.example",)), chain),
            "no name": lambda: (_leaf(middle, ()), chain),
            "foreign root": lambda: (_leaf(foreign, names), (foreign.certificate,)),
        }
        return makers[kind]()


def _leaf(
    issuer: Issuer | None, names: tuple[str, ...], since: datetime = NOW - DAY, until: datetime = NOW + 30 * DAY
) -> Issuer:
    return _certificate("localhost", issuer, ca=False, sans=names, since=since, until=until)
