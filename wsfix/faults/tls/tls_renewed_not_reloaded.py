"""The certificate was renewed on the disk, and the proxy still presents the one that it read at its last load.

Seen as: ERR_CERT_DATE_INVALID and 1006 although `openssl x509` shows a fresh file; before that day nothing at all.
Told apart: the served certificate is not the one in the file that the server block names, that file is valid now and for
this name, and it is younger than the proxy's last load.
Changed: a graceful reload, after the test passed. Open sockets stay on the old workers. A hook for the next renewal is
advised.
Source: nginx.org, "Controlling nginx"; httpd.apache.org, "Stopping and Restarting Apache HTTP Server"; certbot(1),
--deploy-hook.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.pem import Leaf, covers
from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.faults.tls.certificates import on_disk, served
from wsfix.model.change import Reload
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Certificate

FAULT = Fault(
    "WS305",
    "tls-renewed-not-reloaded",
    Hop.TLS,
    Safety.SAFE,
    explained_by=("nginx-config-broken", "apache-config-broken", "nginx-down", "apache-down", "proxy-down"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the proxy presents another certificate than the file that it would read now."""
    if not seen.site.tls or seen.observation.inside is None:
        raise NotApplicable
    certificate, held = _at_proxy(seen), on_disk(seen)
    if held is None or held[1].sha256 == certificate.sha256 or not _good(seen, held[1]):
        return
    path, leaf = held
    file, loaded = seen.file(path), seen.proxy.newest_worker
    younger = file is not None and loaded is not None and file.modified > loaded + proxying.SLACK_SECONDS
    if not younger or not _older(certificate, leaf):
        return
    word = seen.site.proxy.word
    yield FAULT.finding(
        f"{path} was renewed, and {word} still presents the certificate from before",
        Evidence("TLS", f"presented: SHA-256 {certificate.sha256[:16]}…, {certificate.verify_text or 'still valid'}"),
        Evidence(path, f"SHA-256 {leaf.sha256[:16]}…, valid now and for this name"),
        severity=Severity.ERROR if certificate.verify_code else Severity.WARNING,
        advice=f"Let the renewal reload it: `certbot renew --deploy-hook 'systemctl reload {seen.site.proxy.unit}'`.",
        subject=path,
    )


def _at_proxy(seen: Seen) -> Certificate:
    """Return what the proxy presented on its own host, where it was asked: outside another server may answer for it."""
    walk = seen.observation.proxy
    return walk.certificate if walk is not None and walk.certificate is not None else served(seen)


def _good(seen: Seen, leaf: Leaf) -> bool:
    return covers(leaf, seen.site.host) and leaf.not_before <= seen.inside.clock <= leaf.not_after


def _older(certificate: Certificate, leaf: Leaf) -> bool:
    """Whether what is served was made before what lies there: a renewal, and not an older file put back."""
    return certificate.not_before <= leaf.not_before or certificate.verify_code != 0


def cure(seen: Seen, _finding: Finding) -> Iterator[Reload]:
    """Reload."""
    yield from proxying.reloaded(FAULT, seen)
