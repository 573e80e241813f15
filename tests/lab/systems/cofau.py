"""cofau: nginx with TLS in front of FastAPI on 8000, kept by root's PM2; the socket asks for a token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from tests.lab import client
from tests.lab.site import put_nginx
from tests.lab.systems import pm2
from tests.lab.systems.system import ACCOUNT, System, accounts

if TYPE_CHECKING:
    from tests.lab.disk import Disk
    from tests.lab.host import Host
    from tests.lab.site import Site
    from tests.lab.state import HostCard

PORT: Final = 8000
APP: Final = "/opt/cofau"
SERVER: Final = f"{APP}/backend/server.py"
ECOSYSTEM: Final = f"{APP}/ecosystem.config.js"
NAME: Final = "cofau-backend"
USER, PM2_HOME = "root", "/root/.pm2"
SITE: Final = "/etc/nginx/sites-available/backend.cofau.in"
TLS: Final = "/etc/ssl/cofau"
WS_PATH: Final = "/api/chat/ws/u2"


def put(disk: Disk, site: Site, ssh_port: int) -> None:
    """Write the healthy site."""
    disk.application("cofau", APP)
    disk.write(f"{APP}/backend/users.json", accounts(site), mode=0o600)
    disk.fill(ECOSYSTEM, "cofau/ecosystem.config.js", mode=0o600)
    pm2.put(disk, USER, PM2_HOME)
    put_nginx(disk, site, "backend.cofau.in", "cofau/backend.cofau.in", TLS)
    disk.firewall(ssh_port)
    disk.enable("nginx.service")


def settle(host: Host) -> None:
    """Start the application and save it."""
    pm2.start(host, USER, PM2_HOME, ECOSYSTEM)


def way(card: HostCard, path: str) -> str:
    """The path with a token for who logs in now."""
    fields = {"username": ACCOUNT, "password": card.secret("account_password")}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = client.ask(card, "/api/auth/login", method="POST", body=urlencode(fields), headers=form)
    token = json.loads(reply.body)["access_token"] if reply.status == 200 else ""
    return f"{path}?{urlencode({'token': token})}"


def inventory(card: HostCard) -> dict[str, Any]:
    """What an operator writes about it."""
    return {
        "name": "cofau",
        "url": f"wss://{card.site}/api/chat/ws/{{user}}",
        "address": card.address4,
        "origins": [card.origin],
        "proxy": {"kind": "nginx", "file": SITE},
        "backend": {"framework": "fastapi", "port": PORT, "directory": f"{APP}/backend"},
        "service": {"manager": "pm2", "name": NAME, "user": USER, "ecosystem": ECOSYSTEM},
        "firewall": {"open": [80, 443], "closed": [PORT]},
        "idle_seconds": 3600,
        "probe": {
            "path_values": {"user": "u2"},
            "login": {
                "path": "/api/auth/login",
                "fields": {"username": ACCOUNT, "password": {"from_file": card.secret_file("account_password")}},
                "encoding": "form",
            },
            "token": {"field": "access_token", "place": "query", "name": "token"},
            "send": "hello",
            "expect": "hello",
            "ca_file": card.ca,
            "timeout_seconds": 4,
        },
    }


COFAU: Final = System("001", WS_PATH, "/api/chat/test", put, inventory, settle, way)
