"""Breaks of nginx, TLS and the firewall that every system behind nginx can have; the matrix takes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from tests.lab.breaks import tls
from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import reload_nginx
from tests.lab.host import Host, until
from tests.lab.site import NGINX_MAP
from tests.lab.systems import cofau, hotel, parkmate, valet

SITES = {
    "001": cofau.SITE,
    "002": valet.SITE,
    "003": hotel.SITE,
    "004": parkmate.SITE,
    "004-split": parkmate.SITE,
}
CERTIFICATES = {"001": cofau.TLS, "003": hotel.TLS, "004": parkmate.TLS, "004-split": parkmate.TLS}
WEBSOCKET = tuple(name for name in SITES if name != "002")
"""Those whose socket is no Socket.IO: a fault of the upgrade is felt at once."""
UPGRADE = re.compile(r"^ *proxy_set_header (?:Upgrade|Connection) .*\n", re.MULTILINE)
CONNECTION = re.compile(r"^( *proxy_set_header Connection ).*;$", re.MULTILINE)
SOCKET = re.compile(r"(proxy_pass http://127\.0\.0\.1:)\d+(;(?:(?!proxy_pass)[\s\S])*?proxy_set_header Upgrade)")
"""The proxy_pass of a location that forwards the upgrade."""

spread = partial(broken, wide=True)


def _edit(host: Host, change: Callable[[str], str]) -> None:
    path = SITES[host.system.name]
    text = host.read(path)
    if change(text) == text:
        raise ValueError(f"{path} holds nothing to change")
    host.write(path, change(text))


@spread("nginx-upgrade-headers-missing", "404", systems=("004", "004-split"))
def upgrade_headers_missing(host: Host) -> None:
    """The lines that forward Upgrade and Connection are missing."""
    _edit(host, lambda text: UPGRADE.sub("", text))
    reload_nginx(host)


@spread("nginx-connection-value-wrong", "404", systems=WEBSOCKET)
def connection_value_wrong(host: Host) -> None:
    """Connection is emptied, as a recipe for keepalive has it."""
    _edit(host, lambda text: CONNECTION.sub(r'\1"";', text))
    reload_nginx(host)


@spread("nginx-upstream-wrong-port", "502", systems=WEBSOCKET)
def upstream_wrong_port(host: Host) -> None:
    """proxy_pass of the socket's location names a port where nothing listens."""
    _edit(host, lambda text: SOCKET.sub(r"\g<1>8099\g<2>", text))
    reload_nginx(host)


@spread("nginx-down", "refused", systems=tuple(SITES))
def down(host: Host) -> None:
    """nginx is stopped."""
    host.sh("systemctl stop nginx")
    until(5, f"nginx on {host.name} to stop", lambda: not host.sh("ss -Htln 'sport = :80'").stdout)


@spread("nginx-config-broken", "101", systems=WEBSOCKET)
def config_broken(host: Host) -> None:
    """A typing error on the disk: nginx still serves what it loaded before."""
    _edit(host, lambda text: text + "foo;\n")


@spread("nginx-map-undefined", "101", systems=WEBSOCKET)
def map_undefined(host: Host) -> None:
    """The map is gone from the disk and the reload was refused: the old configuration still serves."""
    host.sh(f"rm {NGINX_MAP}; systemctl reload nginx", check=False)


@spread("nginx-edited-not-reloaded", "404", systems=WEBSOCKET)
def edited_not_reloaded(host: Host) -> None:
    """The file is right again, but the workers still run the broken one."""
    path = SITES[host.system.name]
    good = host.read(path)
    connection_value_wrong(host)
    host.sh("sleep 1.1")  # so that the file is newer than the workers by a whole second
    host.write(path, good)


@spread("nginx-site-not-enabled", "tls-wrong-name", systems=WEBSOCKET)
def site_not_enabled(host: Host) -> None:
    """The site's file is there, and nothing in sites-enabled leads to it."""
    name = SITES[host.system.name].rpartition("/")[2]
    host.sh(f"rm /etc/nginx/sites-enabled/{name}")
    reload_nginx(host)


@spread("fw-drops-http", "timeout", systems=WEBSOCKET)
def drops_http(host: Host) -> None:
    """Port 443 is not allowed, so packets from outside vanish."""
    host.sh("ufw delete allow 443/tcp")


@spread("tls-cert-expired", "tls-expired", systems=WEBSOCKET)
def cert_expired(host: Host) -> None:
    """The certificate ran out ten days ago."""
    issued = host.lab.authority.issue(host.site.name, expired=True)
    tls.serve(host, issued, CERTIFICATES[host.system.name])


@spread("tls-missing-intermediate", "tls-no-issuer", systems=WEBSOCKET)
def missing_intermediate(host: Host) -> None:
    """nginx presents the leaf alone, though the full chain lies beside it."""
    folder = CERTIFICATES[host.system.name]
    _edit(host, lambda text: text.replace(f"{folder}/fullchain.pem", f"{folder}/cert.pem"))
    reload_nginx(host)
