"""The server presents a certificate that nobody trusts: signed by itself, or by an authority of the operator's own.

Seen as: the page warns with ERR_CERT_AUTHORITY_INVALID; the socket fails with 1006, since there is no click-through for wss.
Told apart: verify code 18; 19, or 20 with more than one certificate sent, for a root that is not known. A missing
intermediate sends one certificate, whose issuer is another.
Changed: where a valid certificate for this name that somebody else signed lies on the host with its key, the server block
is aimed at it. Else the order of one is advised, or the authority to be named.
Source: openssl-verification-options(1); RFC 5280 section 6.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.drivers.pem import Pair
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.faults.tls import certificates
from wsfix.faults.tls.certificates import NO_ISSUER, SELF_SIGNED, UNTRUSTED_ROOT, better_pair, served
from wsfix.model.change import Reload
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Certificate

FAULT = Fault(
    "WS304",
    "tls-self-signed",
    Hop.TLS,
    Safety.SAFE,
    explained_by=(
        "dns-wrong-address",
        "nginx-wrong-vhost",
        "nginx-site-not-enabled",
        "apache-wrong-vhost",
        "apache-site-not-enabled",
        "tls-renewed-not-reloaded",
        "proxy-down",
        "proxy-site-missing",
    ),
    covers=("tls-untrusted-root",),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire by the verify code of the strict connection and by who signed."""
    certificate = served(seen)
    own = certificate.verify_code == SELF_SIGNED or certificate.subject == certificate.issuer
    if not own and not _sent_whole(certificate):
        return
    if certificate.verify_code not in NO_ISSUER | {SELF_SIGNED}:
        return
    who = "is signed by itself" if own else f"is signed by {certificate.issuer}, an authority that clients do not know"
    site = seen.site
    yield certificates.finding(
        FAULT,
        seen,
        f"the certificate of {site.host} {who}",
        f"{certificate.subject}: {certificate.verify_text} (code {certificate.verify_code})",
        _trusted(seen) if certificates.can_look(seen) else None,
        "signed by another authority, valid now and for this name",
        f"Get one that browsers trust (`certbot --{site.proxy.kind} -d {site.host}`); where every client knows your own "
        "authority, name its file as probe.ca_file in the inventory.",
    )


def _sent_whole(certificate: Certificate) -> bool:
    """Whether the chain is there and only its root is not known."""
    several = certificate.chain_length is not None and certificate.chain_length > 1
    return certificate.verify_code == UNTRUSTED_ROOT or (certificate.verify_code in NO_ISSUER and several)


def _trusted(seen: Seen) -> Pair | None:
    """Return a pair that is another one than what is served."""
    pair = better_pair(seen)
    return None if pair is None or pair.chain[0].sha256 == served(seen).sha256 else pair


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig | Reload]:
    """Aim at the certificate that somebody else signed, or load it."""
    yield from certificates.aimed(FAULT, seen, _trusted(seen))
