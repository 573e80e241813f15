"""parkmate: Django and Channels on Daphne, under systemd behind nginx with TLS; also split: gunicorn for plain HTTP."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from tests.lab.site import put_nginx
from tests.lab.systems.system import System

if TYPE_CHECKING:
    from tests.lab.disk import Disk
    from tests.lab.site import Site
    from tests.lab.state import HostCard

PORT, SPLIT_PORT = 8000, 8001
APP: Final = "/opt/parkmate"
SETTINGS: Final = f"{APP}/backend/Parkmate/settings.py"
ENV_FILE: Final = f"{APP}/parkmate.env"
UNIT: Final = "/etc/systemd/system/parkmate-daphne.service"
HTTP_UNIT: Final = "/etc/systemd/system/parkmate-http.service"
SITE: Final = "/etc/nginx/sites-available/parkmate.conf"
TLS: Final = "/etc/ssl/parkmate"
WS_PATH: Final = "/ws/notifications/u1/"
REDIS: Final = "\n# joins Daphne and gunicorn\nREDIS_URL=redis://127.0.0.1:6379/0\n"


def put(disk: Disk, site: Site, ssh_port: int, *, split: bool = False) -> None:
    """Write the healthy site."""
    words = {"socket_port": str(SPLIT_PORT if split else PORT), "redis": REDIS if split else ""}
    here = replace(disk, words={**disk.words, **words})
    here.application("parkmate", f"{APP}/backend")
    here.fill(ENV_FILE, "parkmate/parkmate.env", mode=0o640)
    here.own(ENV_FILE, "parkmate", user=False)
    here.fill(UNIT, "parkmate/parkmate-daphne.service")
    here.copy(f"{APP}/backend/frontend", "/var/www/parkmate")
    put_nginx(here, site, "parkmate.conf", "parkmate/parkmate.conf", TLS)
    here.firewall(ssh_port)
    here.enable("nginx.service")
    here.enable("parkmate-daphne.service")
    if split:
        here.fill(HTTP_UNIT, "parkmate/parkmate-http.service")
        here.enable("parkmate-http.service")
        here.enable("redis-server.service")


def inventory(card: HostCard) -> dict[str, Any]:
    """What an operator writes about it."""
    split = card.system == "004-split"
    return {
        "name": "parkmate",
        "url": f"wss://{card.site}/ws/notifications/{{user}}/",
        "address": card.address4,
        "origins": [card.origin],
        "proxy": {"kind": "nginx", "file": SITE},
        "backend": {
            "framework": "channels",
            "port": SPLIT_PORT if split else PORT,
            "directory": f"{APP}/backend",
        },
        "service": {"manager": "systemd", "name": "parkmate-daphne"},
        "env": {"file": ENV_FILE, "values": {"DJANGO_ALLOWED_HOSTS": f"www.{card.site},{card.site}"}},
        "client": {"files": ["/var/www/parkmate"]},
        "firewall": {"open": [80, 443], "closed": [PORT, SPLIT_PORT] if split else [PORT]},
        "idle_seconds": 3600,
        "probe": {
            "path_values": {"user": "u1"},
            "send": "hello",
            "expect": "hello",
            "ca_file": card.ca,
            "timeout_seconds": 4,
        },
    }


PARKMATE: Final = System("004", WS_PATH, "/api/health/", put, inventory)
SPLIT: Final = System("004-split", WS_PATH, "/api/health/", partial(put, split=True), inventory)
