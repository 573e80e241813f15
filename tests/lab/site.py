"""The site: the healthy chat of the case behind nginx, with a shop beside it that nobody may touch."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.lab.ca import Authority, Certificate
from tests.lab.image import Release

FILES: Final = Path(__file__).with_name("files")
CHAT: Final = Path(__file__).with_name("chat")

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


@dataclass(frozen=True)
class Site:
    """The names a host serves, the secrets that must never leave it, and its certificates; a reset keeps them."""

    name: str
    shop: str
    secrets: dict[str, str] = field(repr=False)
    certificate: Certificate = field(repr=False)
    shop_certificate: Certificate = field(repr=False)

    @classmethod
    def of(cls, host: str, authority: Authority) -> Site:
        """The site of a host, with new secrets; the shop's certificate names the chat too, as shared ones do."""
        name, shop = names(host)
        canaries = {key: secrets.token_urlsafe(24) for key in ("jwt_secret", "database_password", "smtp_password")}
        return cls(name, shop, canaries, authority.issue(name, f"www.{name}"), authority.issue(shop, name))


def names(host: str) -> tuple[str, str]:
    """The public names of a host's chat and shop; no DNS knows them."""
    return f"chat.{host}.wsfix.test", f"shop.{host}.wsfix.test"


def put(root: Path, release: Release, site: Site, ssh_port: int) -> None:
    """Write the healthy site into the root file system of a host that does not run yet."""
    words = {"site": site.name, "shop": site.shop, "listen": LISTEN[release], **site.secrets}
    _write(root, NGINX_SITE, _filled("backend.chat.conf", words))
    _write(root, SHOP_SITE, _filled("shop.conf", words))
    _write(root, NGINX_MAP, _filled("websocket.conf", words))
    for name in ("backend.chat.conf", "shop.conf"):
        _link(root, f"/etc/nginx/sites-enabled/{name}", f"/etc/nginx/sites-available/{name}")
    _write(root, "/var/www/chat/index.html", _filled("index.html", {"title": "Chat"}))
    _write(root, "/var/www/chat/static/chat.js", "// the chat's page\n")
    _write(root, "/var/www/shop/index.html", _filled("index.html", {"title": "Shop"}))
    put_certificate(root / TLS[1:], site.certificate)
    put_certificate(root / "etc/ssl/shop", site.shop_certificate)
    _put_backend(root, words)
    _put_firewall(root, ssh_port)
    _enable(root, "nginx.service", f"{'/lib' if release == 12 else '/usr/lib'}/systemd/system/nginx.service")
    _enable(root, "chat.service", UNIT)


def put_certificate(directory: Path, certificate: Certificate) -> None:
    """Write a certificate under the four names that certbot made usual."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.joinpath("cert.pem").write_text(certificate.leaf, encoding="ascii")
    directory.joinpath("chain.pem").write_text(certificate.chain, encoding="ascii")
    directory.joinpath("fullchain.pem").write_text(certificate.fullchain, encoding="ascii")
    key = directory / "privkey.pem"
    key.touch(mode=0o600)
    key.write_text(certificate.key, encoding="ascii")


def _put_backend(root: Path, words: dict[str, str]) -> None:
    for program in CHAT.glob("*.py"):
        _write(root, f"{APP}/{program.name}", program.read_text(encoding="utf-8"))
    _write(root, ENV_FILE, _filled("chat.env", words), mode=0o640)
    _write(root, UNIT, _filled("chat.service", words))
    shutil.chown(root / ENV_FILE[1:], "root", _group(root, "chat"))


def _put_firewall(root: Path, ssh_port: int) -> None:
    """Turn on the rules that the image keeps ready: SSH, 80 and 443, for IPv4 and IPv6."""
    for name in ("user.rules", "user6.rules"):
        ready = root.joinpath("usr/local/share/lab-ufw", name).read_text(encoding="utf-8")
        here = ready.replace("tcp 22 ", f"tcp {ssh_port} ").replace("--dport 22 ", f"--dport {ssh_port} ")
        _write(root, f"/etc/ufw/{name}", here, mode=0o640)
    switch = root / "etc/ufw/ufw.conf"
    switch.write_text(switch.read_text(encoding="utf-8").replace("ENABLED=no", "ENABLED=yes"), encoding="utf-8")


def _enable(root: Path, unit: str, target: str) -> None:
    _link(root, f"/etc/systemd/system/multi-user.target.wants/{unit}", target)


def _link(root: Path, path: str, target: str) -> None:
    link = root / path[1:]
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _write(root: Path, path: str, text: str, mode: int = 0o644) -> None:
    file = root / path[1:]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)


def _filled(name: str, words: dict[str, str]) -> str:
    text = FILES.joinpath(name).read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text


def _group(root: Path, name: str) -> int:
    lines = root.joinpath("etc/group").read_text(encoding="utf-8").splitlines()
    return next(int(line.split(":")[2]) for line in lines if line.startswith(f"{name}:"))
