"""kar.bar: Apache with TLS in front of FastAPI on 8001, under systemd; pages, an env file on each side, ufw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.lab.site import put_shop
from tests.lab.systems.system import System

if TYPE_CHECKING:
    from tests.lab.disk import Disk
    from tests.lab.site import Site
    from tests.lab.state import HostCard

PORT: Final = 8001
APP: Final = "/opt/karbar"
SERVER: Final = f"{APP}/backend/server.py"
ENV_FILE: Final = f"{APP}/backend/.env.local"
PAGE_ENV_FILE: Final = f"{APP}/frontend/.env.local"
UNIT: Final = "/etc/systemd/system/karbar-backend.service"
SITE: Final = "/etc/apache2/sites-available/kar.bar.conf"
SHOP: Final = "/etc/apache2/sites-available/shop.conf"
TLS: Final = "/etc/ssl/karbar"
WS_PATH: Final = "/be/ws/u1"
MODULES: Final = ("headers", "proxy", "proxy_http", "rewrite", "socache_shmcb", "ssl")


def put(disk: Disk, site: Site, ssh_port: int) -> None:
    """Write the healthy site."""
    disk.application("karbar", APP)
    disk.fill(ENV_FILE, "karbar/backend.env.local", mode=0o640)
    disk.own(ENV_FILE, "karbar", user=False)
    disk.fill(PAGE_ENV_FILE, "karbar/frontend.env.local")
    disk.fill(UNIT, "karbar/karbar-backend.service")
    disk.copy(f"{APP}/frontend/pages", "/var/www/karbar")
    disk.fill(SITE, "karbar/kar.bar.conf")
    disk.fill(SHOP, "karbar/shop.conf")
    disk.certificate(TLS, site.certificate)
    put_shop(disk, site)
    disk.at("/etc/apache2/sites-enabled/000-default.conf").unlink(missing_ok=True)
    for name in ("kar.bar", "shop"):
        disk.link(f"/etc/apache2/sites-enabled/{name}.conf", f"../sites-available/{name}.conf")
    for module in MODULES:
        for kind in ("load", "conf"):
            if disk.at(f"/etc/apache2/mods-available/{module}.{kind}").exists():
                disk.link(f"/etc/apache2/mods-enabled/{module}.{kind}", f"../mods-available/{module}.{kind}")
    disk.firewall(ssh_port)
    disk.enable("apache2.service")
    disk.enable("karbar-backend.service")


def inventory(card: HostCard) -> dict[str, Any]:
    """What an operator writes about it."""
    return {
        "name": "kar.bar",
        "url": f"wss://{card.site}/be/ws/{{user}}",
        "address": card.address4,
        "origins": [card.origin],
        "proxy": {"kind": "apache", "file": SITE},
        "backend": {"framework": "fastapi", "port": PORT, "path": "/ws/{user}", "directory": f"{APP}/backend"},
        "service": {"manager": "systemd", "name": "karbar-backend"},
        "env": {"file": ENV_FILE, "origins_key": "CORS_ORIGINS"},
        "client": {
            "env_file": PAGE_ENV_FILE,
            "values": {"REACT_APP_BACKEND_URL": f"https://{card.site}/be"},
            "files": [
                f"{APP}/frontend/src/setupProxy.js",
                f"{APP}/frontend/src/contexts/WebSocketContext.js",
                "/var/www/karbar",
            ],
        },
        "firewall": {"open": [80, 443], "closed": [PORT]},
        "idle_seconds": 3600,
        "probe": {
            "path_values": {"user": "u1"},
            "send": "hello",
            "expect": "hello",
            "ca_file": card.ca,
            "timeout_seconds": 4,
        },
    }


KARBAR: Final = System("000", WS_PATH, "/be/api/ping", put, inventory)
