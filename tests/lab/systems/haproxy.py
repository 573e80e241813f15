"""The chat again, behind HAProxy: one frontend with TLS for it and for the shop, told apart by Host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.lab import site as sites
from tests.lab.systems import chat
from tests.lab.systems.system import System

if TYPE_CHECKING:
    from tests.lab.ca import Certificate
    from tests.lab.disk import Disk
    from tests.lab.site import Site
    from tests.lab.state import HostCard

MAIN: Final = "/etc/haproxy/haproxy.cfg"
CERTIFICATES: Final = "/etc/haproxy/certs"


def put(disk: Disk, site: Site, ssh_port: int) -> None:
    """Write the healthy site."""
    disk.fill(MAIN, "haproxy/haproxy.cfg")
    disk.at(CERTIFICATES).mkdir(mode=0o700, exist_ok=True)
    disk.write(f"{CERTIFICATES}/chat.pem", whole(site.certificate), mode=0o600)
    disk.write(f"{CERTIFICATES}/shop.pem", whole(site.shop_certificate), mode=0o600)
    sites.put_shop(disk, site)
    sites.put_chat(disk, ssh_port)
    disk.enable("haproxy.service")


def whole(certificate: Certificate) -> str:
    """Certificate, chain and key in one file, as HAProxy wants them."""
    return f"{certificate.fullchain}{certificate.key}"


def inventory(card: HostCard) -> dict[str, Any]:
    """What an operator writes about it."""
    return {**chat.inventory(card), "proxy": {"kind": "haproxy"}}


HAPROXY: Final = System("haproxy", sites.WS_PATH, "/api/chat/test", put, inventory)
