"""Breaks of the way in: name and address, packet filter, TLS."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import edit_site, reload_nginx
from tests.lab.breaks.tls import serve
from tests.lab.ca import self_signed
from tests.lab.client import Knock, knock
from tests.lab.host import Host
from tests.lab.site import NGINX_SITE, SHOP_SITE, TLS, WS_PATH

FULL, KEY = "fullchain.pem", "privkey.pem"


def _by_ipv6(host: Host, path: str) -> Knock:
    return knock(host.card, path, v6=True)


@broken("dns-aaaa-no-listener", "refused", path=WS_PATH, ask=_by_ipv6)
def aaaa_no_listener(host: Host) -> None:
    """The name has an IPv6 address, and nginx listens on 443 for IPv4 alone."""
    for path in (SHOP_SITE, NGINX_SITE):
        lines = host.read(path).splitlines(keepends=True)
        host.write(path, "".join(line for line in lines if "listen [::]:443" not in line))
    reload_nginx(host)


@broken("dns-wrong-address", "101")
def wrong_address(_host: Host) -> None:
    """Nothing on the host: it is the name that leads to the client's own machine."""


@broken("fw-rejects-looks-closed", "refused")
def rejects(host: Host) -> None:
    """ufw rejects port 443, so that it looks as if nothing listened there."""
    host.sh("ufw delete allow 443/tcp; ufw reject 443/tcp")


@broken("fw-ufw-lockout", "101")
def lockout(host: Host) -> None:
    """ufw's files know no way in for SSH any more; what is loaded still does, until the next load."""
    port = host.card.ssh_port
    for name in ("user.rules", "user6.rules"):
        parts = host.read(f"/etc/ufw/{name}").split("\n\n")
        host.write(f"/etc/ufw/{name}", "\n\n".join(part for part in parts if f"--dport {port} " not in part))


@broken("tls-renewed-not-reloaded", "tls-expired")
def renewed_not_reloaded(host: Host) -> None:
    """The certificate ran out; it was renewed on the disk, and nginx never told."""
    serve(host, host.lab.authority.issue(host.site.name, expired=True))
    _renewed(host, TLS)


@broken("tls-key-mismatch", "101")
def key_mismatch(host: Host) -> None:
    """A new key lies where the old one was; the certificate is still the old key's, and nginx not yet reloaded."""
    _other_key(host, TLS)


@broken("tls-old-protocol", "SSLError")
def old_protocol(host: Host) -> None:
    """nginx offers TLS 1.1 and nothing newer."""
    edit_site(host, "ssl_protocols TLSv1.2 TLSv1.3;", "ssl_protocols TLSv1 TLSv1.1;")


@broken("tls-mtls-required", "400", body="No required SSL certificate was sent")
def mtls_required(host: Host) -> None:
    """nginx wants a certificate of the client, and browsers have none."""
    line = f"    ssl_client_certificate {TLS}/chain.pem;\n    ssl_verify_client on;\n    ssl_certificate_key"
    edit_site(host, "    ssl_certificate_key", line)


@broken("scheme-wss-to-plain-port", "SSLError")
def wss_to_plain_port(host: Host) -> None:
    """No `listen` of port 443 says ssl, so that nginx speaks plain HTTP there."""
    for path in (SHOP_SITE, NGINX_SITE):
        host.write(path, host.read(path).replace(":443 ssl", ":443").replace("listen 443 ssl", "listen 443"))
    reload_nginx(host)


@broken("scheme-ws-to-tls-port", "101")
def ws_to_tls_port(_host: Host) -> None:
    """Nothing on the host: it is the client that says ws:// to port 443."""


def _renewed(host: Host, folder: str) -> None:
    """Lay a valid certificate there, so much later that its time shows it."""
    fresh = host.lab.authority.issue(host.site.name)
    host.sh("sleep 1.1")
    host.write(f"{folder}/{FULL}", fresh.fullchain)
    host.write(f"{folder}/{KEY}", fresh.key)


def _other_key(host: Host, folder: str) -> None:
    host.write(f"{folder}/privkey.old.pem", host.read(f"{folder}/{KEY}"))
    host.sh(f"chmod 600 {folder}/privkey.old.pem")
    host.write(f"{folder}/{KEY}", self_signed(host.site.name).key)


@broken("listens-on-loopback-only", "refused", path=WS_PATH)
def listens_on_loopback_only(host: Host) -> None:
    """nginx takes port 443 on loopback alone, as in the days of a tunnel before it."""
    for path in (SHOP_SITE, NGINX_SITE):
        host.write(path, host.read(path).replace("listen 443", "listen 127.0.0.1:443").replace("[::]:443", "[::1]:443"))
    host.sh("systemctl restart nginx")


@broken("proxy-protocol-expected", "cut", path=WS_PATH)
def proxy_protocol(host: Host) -> None:
    """The word was written for a load balancer that was never bought."""
    for path in (SHOP_SITE, NGINX_SITE):
        host.write(
            path,
            host.read(path)
            .replace(":443 ssl", ":443 ssl proxy_protocol")
            .replace("listen 443 ssl", "listen 443 ssl proxy_protocol"),
        )
    reload_nginx(host)
