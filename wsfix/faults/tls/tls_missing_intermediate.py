"""The server presents its certificate without the intermediate one that signed it.

Seen as: desktop browsers often connect (they fetch or remember the intermediate); phones, curl and programs do not.
Told apart: verify code 20 or 21 with a single certificate presented, whose issuer is not itself.
Changed: where a chain file with the same leaf lies beside it (fullchain.pem), the server block is aimed at it. The key
stays. Else the file to make is described.
Source: ngx_http_ssl_module, ssl_certificate; mod_ssl, SSLCertificateFile; RFC 8446 section 4.4.2; openssl-verification-options(1).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.drivers.pem import Pair
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.faults.tls import certificates
from wsfix.faults.tls.certificates import NO_ISSUER, pair_with_chain, served
from wsfix.model.change import Reload
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS303", "tls-missing-intermediate", Hop.TLS, Safety.SAFE, explained_by=("tls-renewed-not-reloaded",))


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the issuer is unknown and was not sent along."""
    certificate = served(seen)
    if certificate.verify_code not in NO_ISSUER or certificate.subject == certificate.issuer:
        return
    if certificate.chain_length is not None and certificate.chain_length > 1:
        return
    pair = _whole(seen) if certificates.can_look(seen) else None
    yield certificates.finding(
        FAULT,
        seen,
        f"the server does not send the intermediate certificate {certificate.issuer}",
        f"{certificate.verify_text} (code {certificate.verify_code}); issuer {certificate.issuer} was not sent",
        pair,
        f"the same certificate with its chain, {len(pair.chain) if pair else 0} in all",
        "Put the authority's intermediate certificate behind your own in the file that the server names (certbot's fullchain.pem).",
    )


def _whole(seen: Seen) -> Pair | None:
    return pair_with_chain(seen, served(seen).sha256)


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig | Reload]:
    """Aim at the file with the chain, or load it."""
    yield from certificates.aimed(FAULT, seen, _whole(seen), with_key=False)
