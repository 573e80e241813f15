"""The site: the healthy chat of the case behind nginx, with a shop beside it that nobody may touch."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import Final

from tests.lab.ca import Authority, Certificate
from tests.lab.disk import APPS, Disk

NGINX_SITE: Final = "/etc/nginx/sites-available/backend.chat.conf"
NGINX_LINK: Final = "/etc/nginx/sites-enabled/backend.chat.conf"
NGINX_MAP: Final = "/etc/nginx/conf.d/websocket.conf"
SHOP_SITE: Final = "/etc/nginx/sites-available/shop.conf"
ENV_FILE: Final = "/etc/chat/chat.env"
UNIT: Final = "/etc/systemd/system/chat.service"
TLS: Final = "/etc/ssl/chat"
APP: Final = "/opt/chat"
WS_PATH: Final = "/api/chat/ws/lobby"
BACKEND_PORT: Final = 8000

LISTEN: Final = {
    12: "listen 443 ssl http2;\n    listen [::]:443 ssl http2;",
    13: "listen 443 ssl;\n    listen [::]:443 ssl;\n    http2 on;",
}
LABELS: Final = {
    "chat": "chat",
    "caddy": "talk",
    "000": "kar",
    "001": "cofau",
    "002": "valet",
    "003": "hotel",
    "004": "parkmate",
    "004-split": "parkmate",
    "haproxy": "chat",
}
"""How the public name of each system begins."""
SECRETS: Final = ("jwt_secret", "database_password", "smtp_password", "account_password", "access_token")


@dataclass(frozen=True)
class Site:
    """The names a host serves, the secrets that must never leave it, and its certificates; a reset keeps them."""

    name: str
    shop: str
    secrets: dict[str, str] = field(repr=False)
    certificate: Certificate = field(repr=False)
    shop_certificate: Certificate = field(repr=False)

    @classmethod
    def of(cls, host: str, authority: Authority, system: str = "chat") -> Site:
        """The site of a host, with new secrets; the shop's certificate names it too, as shared ones do."""
        name, shop = names(host, system)
        canaries = {key: secrets.token_urlsafe(24) for key in SECRETS}
        return cls(name, shop, canaries, authority.issue(name, f"www.{name}"), authority.issue(shop, name))

    @property
    def words(self) -> dict[str, str]:
        """What is filled into the forms of its files."""
        return {"site": self.name, "shop": self.shop, **self.secrets}


def names(host: str, system: str = "chat") -> tuple[str, str]:
    """The public names of a host's site and shop; no DNS knows them."""
    return f"{LABELS[system]}.{host}.wsfix.test", f"shop.{host}.wsfix.test"


def put(disk: Disk, site: Site, ssh_port: int) -> None:
    """Write the healthy chat into the root file system of a host that does not run yet."""
    put_nginx(disk, site, "backend.chat.conf", "backend.chat.conf", TLS)
    put_chat(disk, ssh_port)
    disk.enable("nginx.service")


def put_chat(disk: Disk, ssh_port: int) -> None:
    """Write the chat's page, program, env file and unit."""
    disk.write("/var/www/chat/index.html", replace(disk, words={"title": "Chat"}).filled("index.html"))
    disk.write("/var/www/chat/static/chat.js", "// the chat's page\n")
    for program in (APPS.parent / "chat").glob("*.py"):
        disk.write(f"{APP}/{program.name}", program.read_text(encoding="utf-8"))
    disk.fill(ENV_FILE, "chat.env", mode=0o640)
    disk.own(ENV_FILE, "chat", user=False)
    disk.fill(UNIT, "chat.service")
    disk.firewall(ssh_port)
    disk.enable("chat.service")


def put_nginx(disk: Disk, site: Site, name: str, form: str, folder: str, *, shop: str = "shop.conf") -> None:
    """Write a site of nginx, its certificate, and the shop beside it."""
    lines = replace(disk, words={**disk.words, "listen": LISTEN[disk.release]})
    lines.fill(f"/etc/nginx/sites-available/{name}", form)
    lines.fill(SHOP_SITE, shop)
    lines.fill(NGINX_MAP, "websocket.conf")
    for each in (name, "shop.conf"):
        disk.link(f"/etc/nginx/sites-enabled/{each}", f"/etc/nginx/sites-available/{each}")
    disk.certificate(folder, site.certificate)
    put_shop(disk, site)


def put_shop(disk: Disk, site: Site) -> None:
    """Write the shop's page and its certificate."""
    disk.write("/var/www/shop/index.html", replace(disk, words={"title": "Shop"}).filled("index.html"))
    disk.certificate("/etc/ssl/shop", site.shop_certificate)
