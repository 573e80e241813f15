"""Certificate files: the chain in them, the names it is for, and the key that belongs to it. No private key is read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtensionOID


@dataclass(frozen=True, slots=True)
class Leaf:
    """One certificate of a file."""

    names: tuple[str, ...]
    not_before: float
    """Seconds since the epoch."""
    not_after: float
    """Seconds since the epoch."""
    sha256: str
    public_key: str
    """SHA-256 of the public key (SubjectPublicKeyInfo in DER): what tells which private key belongs to it."""
    self_issued: bool = False
    """Whether subject and issuer are the same (RFC 5280 section 6.1): signed by nobody else."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate file and the path of its private key on the same host."""

    certificate: str
    key: str
    chain: tuple[Leaf, ...]

    def valid_at(self, moment: float) -> bool:
        """Whether every certificate of the file is valid at that moment (seconds since the epoch)."""
        return all(leaf.not_before <= moment <= leaf.not_after for leaf in self.chain)


def read_chain(content: bytes) -> tuple[Leaf, ...]:
    """Return the certificates of a PEM file, the leaf first; empty where it holds none that can be read."""
    if b"BEGIN CERTIFICATE" not in content:
        return ()
    try:
        return tuple(_leaf(certificate) for certificate in x509.load_pem_x509_certificates(content))
    except ValueError:
        return ()


def pairs(files: Mapping[str, bytes], keys: Mapping[str, str]) -> tuple[Pair, ...]:
    """Join certificate files with keys; `keys` is key path → SHA-256 of its public key, as the host computed it."""
    found = []
    for path, content in files.items():
        chain = read_chain(content)
        key = _key_for(chain, keys)
        if key is not None:
            found.append(Pair(path, key, chain))
    return tuple(found)


def _key_for(chain: tuple[Leaf, ...], keys: Mapping[str, str]) -> str | None:
    if not chain:
        return None
    return next((path for path, public in sorted(keys.items()) if public == chain[0].public_key), None)


def covers(leaf: Leaf, host: str) -> bool:
    """Whether a certificate is for a host: exactly, or by one wildcard label (RFC 9525 section 6.3)."""
    wanted = host.lower().rstrip(".")
    return any(_matches(name.lower(), wanted) for name in leaf.names)


def _matches(name: str, host: str) -> bool:
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:] and "." in host
    return name == host


def _leaf(certificate: x509.Certificate) -> Leaf:
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Leaf(
        names=tuple(_names(certificate)),
        not_before=certificate.not_valid_before_utc.timestamp(),
        not_after=certificate.not_valid_after_utc.timestamp(),
        sha256=hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest(),
        public_key=hashlib.sha256(spki).hexdigest(),
        self_issued=certificate.subject == certificate.issuer,
    )


def _names(certificate: x509.Certificate) -> Iterable[str]:
    try:
        extension = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    except (x509.ExtensionNotFound, ValueError):
        return
    if isinstance(extension, x509.SubjectAlternativeName):
        yield from extension.get_values_for_type(x509.DNSName)
        yield from (str(address) for address in extension.get_values_for_type(x509.IPAddress))
