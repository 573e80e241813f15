"""The certificate that the server presents is not for this name.

Seen as: ERR_CERT_COMMON_NAME_INVALID for the page; 1006 for the socket.
Told apart: OpenSSL's verify code 62. Where no server has the name, nginx-wrong-vhost or apache-wrong-vhost is the cause.
Changed: where a valid certificate for this name lies on the host with its key, the server block is aimed at it. Else the
order of one is advised.
Source: openssl-verification-options(1); RFC 6125 section 6.4, RFC 9525.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.faults.tls import certificates
from wsfix.faults.tls.certificates import WRONG_NAME, better_pair, served
from wsfix.model.change import Reload
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS302",
    "tls-wrong-host",
    Hop.TLS,
    Safety.SAFE,
    explained_by=(
        "dns-wrong-address",
        "nginx-wrong-vhost",
        "nginx-site-not-enabled",
        "apache-wrong-vhost",
        "apache-site-not-enabled",
        "tls-renewed-not-reloaded",
        "proxy-site-missing",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire by the verify code of the strict connection."""
    certificate = served(seen)
    if certificate.verify_code not in WRONG_NAME:
        return
    names = ", ".join(certificate.names[:5]) or certificate.subject
    yield certificates.finding(
        FAULT,
        seen,
        f"the certificate is for {names}, not for {seen.site.host}",
        f"presented for {names}: {certificate.verify_text} (code {certificate.verify_code})",
        better_pair(seen) if certificates.can_look(seen) else None,
        "valid now and for this name",
        f"Get a certificate for {seen.site.host} (`certbot --{seen.site.proxy.kind} -d {seen.site.host}`).",
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig | Reload]:
    """Aim at the certificate of this name, or load it."""
    yield from certificates.aimed(FAULT, seen, better_pair(seen))
