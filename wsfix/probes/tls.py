"""TLS as a browser does it: the public name, HTTP/1.1 only, TLS 1.2 at least, and a chain that leads to a known root."""

from __future__ import annotations

import contextlib
import os
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from wsfix.errors import SpecError
from wsfix.model.walk import Certificate, Failure
from wsfix.probes.certificate import describe, verdict
from wsfix.probes.masking import Mask
from wsfix.probes.stream import Deadline, Stream, Trouble, alert_of, failure_of, let_go, trouble_of
from wsfix.probes.tls_stream import TlsStream

_RECORD_TYPES = range(0x14, 0x18)
"""change_cipher_spec, alert, handshake and application_data (RFC 8446 section 5.1)."""

_MEANINGS = {
    "unsupported protocol": "the server offers no TLS version from 1.2 on",
    "tlsv1 alert protocol version": "the server offers no TLS version from 1.2 on",
    "tlsv1 unrecognized name": "the server knows no site of this name (SNI)",
    "tlsv1 alert unrecognized name": "the server knows no site of this name (SNI)",
    "tlsv13 alert certificate required": "the server wants a certificate of the client",
    "tlsv1 alert no application protocol": "the server does not offer HTTP/1.1 (ALPN)",
    "ssl/tls alert handshake failure": "the server refused the handshake: no common cipher, or it wants a certificate",
    "sslv3 alert handshake failure": "the server refused the handshake: no common cipher, or it wants a certificate",
}
_PLAIN = Mask()


@dataclass(frozen=True, slots=True)
class Secured:
    """What came of TLS; with a bad certificate there are both, a stream that goes on and a trouble."""

    stream: Stream | None = None
    certificate: Certificate | None = None
    trouble: Trouble | None = None


def secure(
    stream: Stream,
    name: str,
    deadline: Deadline,
    *,
    again: Callable[[], Stream],
    context: ssl.SSLContext,
) -> Secured:
    """Shake hands strictly; only when the certificate is refused dial `again` and go on without verifying."""
    secured = TlsStream(stream, context, name, deadline.clock)
    try:
        secured.handshake(deadline)
    except ssl.SSLCertVerificationError as error:
        let_go(secured)
        return _in_spite_of(error, name, deadline, again)
    except OSError as error:
        let_go(secured)
        return Secured(trouble=_trouble(error, secured.first, deadline))
    return Secured(secured, describe(secured.channel))


def secure_again(stream: Stream, name: str, deadline: Deadline, context: ssl.SSLContext) -> TlsStream:
    """Shake hands with a server that is known already; raises OSError."""
    secured = TlsStream(stream, context, name, deadline.clock)
    try:
        secured.handshake(deadline)
    except OSError:
        let_go(secured)
        raise
    return secured


_READING = threading.Lock()


def strict_context(ca_file: str | None = None) -> ssl.SSLContext:
    """Verify as a browser does: the system's roots and those of `ca_file`, the name in the SANs only (RFC 9525).

    The roots are read once: all the system's together take longer than a handshake.
    """
    named = tuple(os.environ.get(name, "") for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    try:
        stamp = Path(ca_file).stat().st_mtime_ns if ca_file is not None else 0
    except OSError as error:
        raise SpecError(f"probe.ca_file: {ca_file} cannot be read as PEM: {error.strerror or error}") from None
    with _READING:
        return _strict(ca_file, (*named, str(stamp)))


@cache
def _strict(ca_file: str | None, _read_from: tuple[str, ...]) -> ssl.SSLContext:
    context = _client()
    context.hostname_checks_common_name = False
    context.load_default_certs()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            raise SpecError(f"probe.ca_file: {ca_file} cannot be read as PEM: {error.strerror or error}") from None
    return context


def read_ahead(ca_file: str | None) -> None:
    """Read the roots while something else is done; what is wrong with the file is said when it is asked for."""

    def reading() -> None:
        with contextlib.suppress(SpecError):
            strict_context(ca_file)

    threading.Thread(target=reading, daemon=True).start()


def lax_context() -> ssl.SSLContext:
    """Verify nothing; whoever answers may be anybody, so no secret may be sent."""
    context = _client()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _client() -> ssl.SSLContext:
    """Speak as a browser does, whatever this machine's OpenSSL would allow: Debian's Python offers TLS 1.0, too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _in_spite_of(
    error: ssl.SSLCertVerificationError, name: str, deadline: Deadline, again: Callable[[], Stream]
) -> Secured:
    """Describe the certificate that was refused, and keep the way behind it open for a look."""
    code, text = error.verify_code, error.verify_message
    second = deadline.renewed()
    try:
        stream = secure_again(again(), name, second, lax_context())
    except OSError:
        return Secured(trouble=Trouble(Failure.CERTIFICATE, verdict(code, text, name, None)))
    certificate = describe(stream.channel, code, text)
    return Secured(stream, certificate, Trouble(Failure.CERTIFICATE, verdict(code, text, name, certificate)))


def _trouble(error: OSError, first: bytes, deadline: Deadline) -> Trouble:
    """Tell a server that speaks something else from one whose TLS failed, by its first byte and not by its errors."""
    if first and first[0] not in _RECORD_TYPES:
        return Trouble(Failure.NOT_TLS, f"the port does not speak TLS; it answers {_PLAIN.quote(first, 40)}")
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):  # the second is what Python 3.11.2 makes of it
        return Trouble(Failure.CLOSED, "the connection was closed during the TLS handshake")
    if isinstance(error, ssl.SSLError):
        alert = alert_of(error)
        return Trouble(failure_of(error), f"the TLS handshake failed: {_MEANINGS.get(alert, alert)}")
    return trouble_of(error, "the TLS handshake", deadline)
