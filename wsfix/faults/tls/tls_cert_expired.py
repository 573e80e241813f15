"""The certificate that the server presents has expired, or is not valid yet.

Seen as: ERR_CERT_DATE_INVALID for the page; a socket fails silently with 1006, since there is no click-through for wss.
Told apart: OpenSSL's verify code 10 (9 for not yet); the name and the chain are judged by themselves. Where the file was
renewed and the proxy still presents the old one, tls-renewed-not-reloaded is the cause.
Changed: where a valid certificate for this name lies on the host with its key, the server block is aimed at it. Else the
renewal is advised.
Source: openssl-verification-options(1); RFC 5280 section 4.1.2.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.faults.tls import certificates
from wsfix.faults.tls.certificates import EXPIRED, NOT_YET_VALID, better_pair, served
from wsfix.model.change import Reload
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS301", "tls-cert-expired", Hop.TLS, Safety.SAFE, explained_by=("tls-renewed-not-reloaded",))


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire by the verify code of the strict connection."""
    certificate = served(seen)
    if certificate.verify_code not in {EXPIRED, NOT_YET_VALID}:
        return
    verb = "expired on" if certificate.verify_code == EXPIRED else "is not valid before"
    moment = certificate.not_after if certificate.verify_code == EXPIRED else certificate.not_before
    day = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")
    yield certificates.finding(
        FAULT,
        seen,
        f"the certificate of {seen.site.host} {verb} {day}",
        f"{certificate.subject}: {certificate.verify_text} (code {certificate.verify_code})",
        better_pair(seen) if certificates.can_look(seen) else None,
        "valid now and for this name",
        f"Renew it (`certbot renew`, or as it was made), and reload {seen.site.proxy.word}.",
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig | Reload]:
    """Aim at the valid certificate, or load the renewed one."""
    yield from certificates.aimed(FAULT, seen, better_pair(seen))
