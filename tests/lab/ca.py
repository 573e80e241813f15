"""The lab's certificate authority: root, intermediate and leaves, made fresh for each lab."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY: Final = timedelta(days=1)
VALID: Final = (-30 * DAY, 60 * DAY)
EXPIRED: Final = (-100 * DAY, -10 * DAY)


@dataclass(frozen=True)
class Certificate:
    """A leaf with its key; `chain` is what stands between it and the root."""

    leaf: str
    chain: str
    key: str

    @property
    def fullchain(self) -> str:
        """What a server should present: the leaf, then the chain."""
        return self.leaf + self.chain


@dataclass(frozen=True)
class _Signer:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class Authority:
    """Signs leaves through an intermediate, as public authorities do."""

    def __init__(self, name: str) -> None:
        """Make a new root and a new intermediate; the root's key is forgotten at once."""
        root = _authority(f"{name} root", None)
        self._intermediate = _authority(f"{name} intermediate", root)
        self.root = _pem(root.certificate)

    def save(self, path: Path) -> None:
        """Keep the intermediate, so that another process can sign for the same lab."""
        path.touch(mode=0o600)
        pem = (_private(self._intermediate.key), _pem(self._intermediate.certificate), self.root)
        path.write_text("".join(pem), encoding="ascii")

    @classmethod
    def load(cls, path: Path) -> Authority:
        """Take up the authority that `save` kept."""
        pem = path.read_bytes()
        key = serialization.load_pem_private_key(pem, password=None)
        intermediate, root = x509.load_pem_x509_certificates(pem)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        authority = cls.__new__(cls)
        authority._intermediate = _Signer(intermediate, key)
        authority.root = _pem(root)
        return authority

    def issue(self, *names: str, expired: bool = False) -> Certificate:
        """Sign a leaf for these names; leaf only, expired or for the wrong name is up to who asks or installs."""
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = _leaf(names, key, self._intermediate, EXPIRED if expired else VALID)
        return Certificate(_pem(leaf), _pem(self._intermediate.certificate), _private(key))


def self_signed(*names: str) -> Certificate:
    """Make a leaf that nobody signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    return Certificate(_pem(_leaf(names, key, None, VALID)), "", _private(key))


def _authority(name: str, signer: _Signer | None) -> _Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(name, key, signer, (-365 * DAY, 365 * DAY))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0 if signer else 1), critical=True)
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = builder.add_extension(usage, critical=True)
    return _Signer(builder.sign((signer.key if signer else key), hashes.SHA256()), key)


def _leaf(
    names: tuple[str, ...],
    key: ec.EllipticCurvePrivateKey,
    signer: _Signer | None,
    valid: tuple[timedelta, timedelta],
) -> x509.Certificate:
    builder = _builder(names[0], key, signer, valid)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign((signer.key if signer else key), hashes.SHA256())


def _builder(
    name: str, key: ec.EllipticCurvePrivateKey, signer: _Signer | None, valid: tuple[timedelta, timedelta]
) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    public, now = key.public_key(), datetime.now(UTC)
    issuing = signer.key.public_key() if signer else public
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer.certificate.subject if signer else subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + valid[0])
        .not_valid_after(now + valid[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing), critical=False)
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _private(key: ec.EllipticCurvePrivateKey) -> str:
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, pkcs8, serialization.NoEncryption()).decode()
