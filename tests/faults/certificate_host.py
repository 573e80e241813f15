"""Certificates and keys that lie on the host of a case, made anew for each run: `certificates` in case.json."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID


@dataclass
class Laid:
    """What a case lays on the host."""

    files: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    """Key file → SHA-256 of its public key, as the look prints it."""
    digests: dict[str, str] = field(default_factory=dict)
    """Certificate file → SHA-256 of its leaf: a walk's certificate names the file instead."""


def lay(said: dict[str, Any]) -> Laid:
    """Make what `certificates` asks for; `keys` there names further key files, which belong to nothing."""
    laid = Laid(keys={path: _public(_key(path)) for path in said.get("stray_keys", [])})
    for path, each in said.get("certificates", {}).items():
        key = _key(each.get("key", path))
        leaf = _certificate(each, key)
        laid.files[path] = "".join(_pem(one) for one in (leaf, *[_authority()] * each.get("chain", 0)))
        laid.digests[path] = hashlib.sha256(leaf.public_bytes(Encoding.DER)).hexdigest()
        if "key" in each:
            laid.keys[each["key"]] = _public(key)
    return laid


def told(said: dict[str, Any], laid: Laid) -> dict[str, Any]:
    """Return the case with the digests of the certificates that its walks name by file."""
    found = dict(said)
    for place in ("outside", "proxy"):
        walk = found.get(place)
        if isinstance(walk, dict) and "certificate" in walk:
            held = walk["certificate"]
            digest = laid.digests.get(held.get("sha256", ""), held.get("sha256", "00"))
            found[place] = {**walk, "certificate": {**held, "sha256": digest}}
    return found


@cache
def _key(path: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def _authority() -> x509.Certificate:
    return _signed("Lab Intermediate", "Lab Root", (), _key("intermediate"), _key("root"), 0, 3000)


def _certificate(said: dict[str, Any], key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    names = said.get("names", ["chat.example.com"])
    own = said.get("self", False)
    issuer, signer = (names[0], key) if own else ("Lab Intermediate", _key("intermediate"))
    return _signed(names[0], issuer, names, key, signer, said.get("not_before", 0), said.get("not_after", 2000))


def _signed(
    subject: str,
    issuer: str,
    names: Any,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    since: int,
    until: int,
) -> x509.Certificate:
    builder = x509.CertificateBuilder(
        issuer_name=_name(issuer),
        subject_name=_name(subject),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=datetime.fromtimestamp(since, UTC),
        not_valid_after=datetime.fromtimestamp(until, UTC),
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), False)
    return builder.sign(signer, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _public(key: ec.EllipticCurvePrivateKey) -> str:
    return hashlib.sha256(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
