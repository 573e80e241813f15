"""Breaks of TLS: the certificate is one that browsers refuse."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import edit_site, reload_nginx
from tests.lab.ca import Certificate, self_signed
from tests.lab.host import Host
from tests.lab.site import TLS


@broken("tls-cert-expired", "tls-expired")
def cert_expired(host: Host) -> None:
    """The certificate ran out ten days ago."""
    serve(host, host.lab.authority.issue(host.site.name, expired=True))


@broken("tls-wrong-host", "tls-wrong-name")
def wrong_host(host: Host) -> None:
    """The certificate is for another name."""
    serve(host, host.lab.authority.issue(f"old.{host.site.name}"))


@broken("tls-self-signed", "tls-self-signed")
def signed_by_itself(host: Host) -> None:
    """Nobody that browsers trust has signed the certificate."""
    serve(host, self_signed(host.site.name))


@broken("tls-missing-intermediate", "tls-no-issuer")
def missing_intermediate(host: Host) -> None:
    """nginx presents the leaf alone, though the full chain lies beside it."""
    edit_site(host, f"{TLS}/fullchain.pem", f"{TLS}/cert.pem")


def serve(host: Host, certificate: Certificate) -> None:
    """Lay a certificate where nginx reads it, and reload."""
    for name, text in (
        ("cert.pem", certificate.leaf),
        ("chain.pem", certificate.chain),
        ("fullchain.pem", certificate.fullchain),
        ("privkey.pem", certificate.key),
    ):
        host.write(f"{TLS}/{name}", text)
    reload_nginx(host)
