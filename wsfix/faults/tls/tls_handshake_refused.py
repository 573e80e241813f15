"""The TLS handshake fails, and neither the certificate nor the version is why.

Seen as: ERR_SSL_VERSION_OR_CIPHER_MISMATCH or ERR_CONNECTION_CLOSED, and 1006 for the socket.
Told apart: the server sends the alert "handshake failure" or closes in the middle: no common cipher, a server without any
certificate for the name, or a filter that reads the name. A CDN does so for names that its certificate does not reach.
Changed: nothing; what the server says and where to look is shown.
Source: RFC 8446 section 6.2 (handshake_failure); openssl-ciphers(1); developers.cloudflare.com, Universal SSL limits.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.faults.tls.certificates import can_look, failure_of
from wsfix.faults.tls.settings import in_force
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure

FAULT = Fault(
    "WS312",
    "tls-handshake-refused",
    Hop.TLS,
    Safety.ADVICE,
    explained_by=(
        "dns-wrong-address",
        "proxy-protocol-expected",
        "tls-mtls-required",
        "tls-old-protocol",
        "nginx-wrong-vhost",
        "apache-wrong-vhost",
        "proxy-site-missing",
        "nginx-worker-connections",
        "nginx-nofile",
    ),
    covers=("tls-no-common-cipher",),
)
LABELS_OF_UNIVERSAL_SSL = 3


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where TLS failed for no reason that has a fault of its own."""
    if not seen.site.tls:
        raise NotApplicable
    walk = seen.observation.outside or seen.through_proxy
    if failure_of(walk) not in {Failure.TLS_FAILED, Failure.CLOSED}:
        return
    evidence = [Evidence(walk.place.value, walk.reason or "the TLS handshake failed")]
    ciphers = in_force(seen, "ssl_ciphers", "SSLCipherSuite") if can_look(seen) else None
    evidence += [seen.at(ciphers.position)] if ciphers is not None else []
    deep = seen.site.host.count(".") >= LABELS_OF_UNIVERSAL_SSL
    yield FAULT.finding(
        f"the server refuses the TLS handshake for {seen.site.host}",
        *evidence,
        severity=Severity.ERROR,
        advice=f"Run `openssl s_client -connect {seen.site.host}:{seen.site.port} -servername {seen.site.host}` and read the "
        "proxy's error log: no certificate for the name, or ciphers that no client has."
        + (" Behind Cloudflare, a name of so many labels needs an Advanced Certificate." if deep else ""),
    )
