"""valet: nginx on port 80 in front of Node and Socket.IO on 3000, kept by a PM2 of its own user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.lab import socketio
from tests.lab.client import Knock
from tests.lab.site import put_nginx
from tests.lab.systems import pm2
from tests.lab.systems.system import System

if TYPE_CHECKING:
    from tests.lab.disk import Disk
    from tests.lab.host import Host
    from tests.lab.site import Site
    from tests.lab.state import HostCard

PORT: Final = 3000
APP: Final = "/opt/valet/app"
ECOSYSTEM: Final = f"{APP}/ecosystem.config.js"
NAME: Final = "valet"
USER, PM2_HOME = "valet", "/opt/valet/.pm2"
SITE: Final = "/etc/nginx/sites-available/valet.conf"
WS_PATH: Final = "/ws/"


def put(disk: Disk, site: Site, ssh_port: int) -> None:
    """Write the healthy site."""
    disk.application("valet", APP)
    disk.link(f"{APP}/node_modules", "/usr/local/lib/node_modules")
    disk.fill(ECOSYSTEM, "valet/ecosystem.config.js", mode=0o600)
    pm2.put(disk, USER, PM2_HOME)
    disk.own("/opt/valet", USER)
    put_nginx(disk, site, "valet.conf", "valet/valet.conf", "/etc/ssl/valet", shop="valet/shop.conf")
    disk.firewall(ssh_port, https=False)
    disk.enable("nginx.service")


def settle(host: Host) -> None:
    """Start the application and save it."""
    pm2.start(host, USER, PM2_HOME, ECOSYSTEM)


def ask(card: HostCard, path: str) -> Knock:
    """Connect as the app does: first by polling, then by WebSocket; the word is the transport that it ends with."""
    return socketio.connect(card, path)


def inventory(card: HostCard) -> dict[str, Any]:
    """What an operator writes about it."""
    return {
        "name": "valet",
        "url": f"ws://{card.site}{WS_PATH}",
        "address": card.address4,
        "protocol": "socketio",
        "socketio": {
            "engine": 4,
            "namespace": "/",
            "auth": {"token": {"from_file": card.secret_file("access_token")}},
        },
        "proxy": {"kind": "nginx", "file": SITE},
        "backend": {"framework": "socketio", "port": PORT, "directory": APP},
        "service": {"manager": "pm2", "name": NAME, "user": USER, "home": PM2_HOME, "ecosystem": ECOSYSTEM},
        "firewall": {"open": [80], "closed": [PORT]},
        "idle_seconds": 3600,
        "probe": {"timeout_seconds": 4},
    }


VALET: Final = System("002", WS_PATH, "/api/health", put, inventory, settle, ask=ask, tls=False)
