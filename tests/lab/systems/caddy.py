"""The chat behind Caddy: its certificates are files, its sites are imported, a snippet is shared by both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.lab import site as chat
from tests.lab.systems import chat as plain
from tests.lab.systems.system import System

if TYPE_CHECKING:
    from tests.lab.disk import Disk
    from tests.lab.site import Site
    from tests.lab.state import HostCard

MAIN: Final = "/etc/caddy/Caddyfile"
SITE: Final = "/etc/caddy/sites/chat.caddy"
SHOP: Final = "/etc/caddy/sites/shop.caddy"


def put(disk: Disk, site: Site, ssh_port: int) -> None:
    """Write the healthy site; Caddy's own user may read the keys."""
    disk.fill(MAIN, "caddy/Caddyfile")
    disk.fill(SITE, "caddy/chat.caddy")
    disk.fill(SHOP, "caddy/shop.caddy")
    disk.certificate(chat.TLS, site.certificate)
    chat.put_shop(disk, site)
    for folder in (chat.TLS, "/etc/ssl/shop"):
        disk.own(f"{folder}/privkey.pem", "caddy", user=False)
        disk.at(f"{folder}/privkey.pem").chmod(0o640)
    chat.put_chat(disk, ssh_port)
    disk.enable("caddy.service")


def inventory(card: HostCard) -> dict[str, Any]:
    """What an operator writes about it."""
    return {**plain.inventory(card), "name": "talk", "proxy": {"kind": "caddy"}}


CADDY: Final = System("caddy", chat.WS_PATH, "/api/chat/test", put, inventory)
