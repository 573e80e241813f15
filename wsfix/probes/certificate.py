"""The leaf that a server presents, in words, and why a browser would refuse it."""

from __future__ import annotations

import hashlib
import ssl
from datetime import UTC, datetime

from cryptography import x509

from wsfix.model.walk import Certificate
from wsfix.probes.masking import printable

_SHOWN = 200


def describe(channel: ssl.SSLObject, verify_code: int = 0, verify_text: str = "") -> Certificate | None:
    """Return what the connection's peer presented; None when it presented nothing."""
    der = channel.getpeercert(binary_form=True)
    if not der:
        return None
    digest = hashlib.sha256(der).hexdigest()
    length = _chain_length(channel)
    try:
        leaf = x509.load_der_x509_certificate(der)
        subject, issuer, names = _name(leaf.subject), _name(leaf.issuer), _names(leaf)
        since, until = leaf.not_valid_before_utc.timestamp(), leaf.not_valid_after_utc.timestamp()
    except (ValueError, x509.DuplicateExtension) as error:
        subject = f"unreadable: {printable(str(error))[:_SHOWN]}"
        return Certificate(subject, "", (), 0.0, 0.0, digest, length, verify_code, verify_text)
    return Certificate(subject, issuer, names, since, until, digest, length, verify_code, verify_text)


def verdict(code: int, text: str, name: str, leaf: Certificate | None) -> str:
    """Return in one sentence why a client refuses the chain; the numbers are OpenSSL's X509_V_ERR (x509_vfy.h)."""
    if leaf is None:
        return f"the certificate is refused: {text} (verify {code})"
    sentences = {
        9: f"the certificate is not valid before {_day(leaf.not_before)}",
        10: f"the certificate expired on {_day(leaf.not_after)}",
        18: f"the certificate is self-signed: {leaf.subject}",
        19: f"the chain ends in a root that is not trusted; the issuer is {leaf.issuer}",
        20: _no_issuer(leaf),
        21: _no_issuer(leaf),
        62: f"the certificate is for {_list(leaf.names)} and not for {name}",
        64: f"the certificate is for {_list(leaf.names)} and not for {name}",
    }
    return sentences.get(code, f"the certificate is refused: {text} (verify {code})")


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) or "no name"


def _no_issuer(leaf: Certificate) -> str:
    sent = "" if leaf.chain_length is None else f"; the server sends {_certificates(leaf.chain_length)}"
    return f"the issuer's certificate is missing or not trusted: {leaf.issuer}{sent}"


def _certificates(number: int) -> str:
    return "1 certificate" if number == 1 else f"{number} certificates"


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _name(name: x509.Name) -> str:
    return printable(name.rfc4514_string())[:_SHOWN]


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    """Return DNS names and addresses of the subjectAltName extension (RFC 5280 section 4.2.1.6)."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    found = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    return tuple(printable(each)[:_SHOWN] for each in found[:100])


def _chain_length(channel: ssl.SSLObject) -> int | None:
    """Count the certificates presented: public from Python 3.13 on, below it only on the object underneath."""
    for holder in (channel, getattr(channel, "_sslobj", None)):
        chain = getattr(holder, "get_unverified_chain", None)
        if chain is not None:
            return len(chain() or ())
    return None
