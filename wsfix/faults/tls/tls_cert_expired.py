"""The certificate that the server presents has expired, or is not valid yet.

Seen as: ERR_CERT_DATE_INVALID for the page; a socket fails silently with 1006, since there is no click-through for wss.
Told apart: OpenSSL's verify code 10 (9 for not yet); the name and the chain are judged by themselves.
Changed: where a valid certificate for this name lies on the host with its key, the server block is aimed at it; where
the served one was renewed on the disk under the same path, the proxy is reloaded. Else the renewal is advised.
Source: openssl-verification-options(1); RFC 5280 section 4.1.2.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.faults.tls.certificates import EXPIRED, NOT_YET_VALID, better_pair, served, uses
from wsfix.model.change import Reload
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS301", "tls-cert-expired", Hop.TLS, Safety.SAFE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire by the verify code of the strict connection."""
    certificate = served(seen)
    if certificate.verify_code not in {EXPIRED, NOT_YET_VALID}:
        return
    verb = "expired on" if certificate.verify_code == EXPIRED else "is not valid before"
    moment = certificate.not_after if certificate.verify_code == EXPIRED else certificate.not_before
    day = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")
    evidence = [Evidence("TLS", f"{certificate.subject}: {certificate.verify_text} (code {certificate.verify_code})")]
    pair = None
    if seen.observation.inside is not None:
        pair = better_pair(seen)
        if seen.route.certificate_position is not None:
            evidence.append(seen.at(seen.route.certificate_position))
    if pair is not None:
        evidence.append(Evidence(pair.certificate, "valid now and for this name"))
    yield FAULT.finding(
        f"the certificate of {seen.site.host} {verb} {day}",
        *evidence,
        severity=Severity.ERROR,
        safety=Safety.SAFE if pair is not None else Safety.ADVICE,
        advice=f"Renew it (`certbot renew`, or as it was made), and reload {seen.site.proxy.word}.",
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig | Reload]:
    """Aim at the valid certificate, or load the renewed one."""
    pair = better_pair(seen)
    if pair is None:
        return
    if uses(seen, pair):
        yield Reload((FAULT.code,))
    else:
        yield seen.config.set_certificate(seen.route.server, pair.certificate, pair.key)
