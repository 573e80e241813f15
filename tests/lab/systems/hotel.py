"""hotel: nginx with TLS in front of FastAPI on 8000, under systemd; a cookie, then a token, then the socket."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from tests.lab import client
from tests.lab.site import LISTEN, put_nginx
from tests.lab.systems.system import ACCOUNT, System, accounts

if TYPE_CHECKING:
    from tests.lab.disk import Disk
    from tests.lab.site import Site
    from tests.lab.state import HostCard

PORT, PAGES_PORT = 8000, 5174
APP: Final = "/opt/hotel"
SERVER: Final = f"{APP}/backend/app/main.py"
ACCOUNTS: Final = f"{APP}/backend/app/accounts.py"
ENV_FILE: Final = f"{APP}/backend/.env"
UNIT: Final = "/etc/systemd/system/hotel-backend.service"
SITE: Final = "/etc/nginx/sites-available/hotel.conf"
TLS: Final = "/etc/ssl/hotel"
BUNDLE: Final = "/var/www/hotel/assets/index.js"
WS_PATH: Final = "/api/v1/ws"
LOGIN, WS_TOKEN = "/api/v1/auth/login", "/api/v1/auth/ws-token"


def put(disk: Disk, site: Site, ssh_port: int) -> None:
    """Write the healthy site."""
    disk.application("hotel", APP)
    disk.write(f"{APP}/backend/users.json", accounts(site, role="customer"), mode=0o640)
    disk.fill(ENV_FILE, "hotel/hotel.env", mode=0o640)
    for name in (ENV_FILE, f"{APP}/backend/users.json"):
        disk.own(name, "hotel", user=False)
    disk.fill(UNIT, "hotel/hotel-backend.service")
    disk.copy(f"{APP}/frontend/pages", "/var/www/hotel")
    pages = LISTEN[disk.release].replace("443", str(PAGES_PORT))
    put_nginx(replace(disk, words={**disk.words, "pages": pages}), site, "hotel.conf", "hotel/hotel.conf", TLS)
    disk.firewall(ssh_port, more=PAGES_PORT)
    disk.enable("nginx.service")
    disk.enable("hotel-backend.service")


def cookie(card: HostCard) -> str:
    """Log in and give the cookie of the session."""
    credentials = json.dumps({"email": ACCOUNT, "password": card.secret("account_password")})
    typed = {"Content-Type": "application/json"}
    reply = client.ask(card, LOGIN, method="POST", body=credentials, headers=typed)
    return reply.headers.get("set-cookie", "").partition(";")[0]


def way(card: HostCard, path: str) -> str:
    """The path with a token that was fetched for a new session."""
    reply = client.ask(card, WS_TOKEN, headers={"Cookie": cookie(card)})
    token = json.loads(reply.body)["token"] if reply.status == 200 else ""
    return f"{path}?{urlencode({'token': token})}"


def page(card: HostCard) -> str:
    """The origin of the pages: the same host, another port."""
    return f"{card.origin}:{PAGES_PORT}"


def inventory(card: HostCard) -> dict[str, Any]:
    """What an operator writes about it."""
    return {
        "name": "hotel",
        "url": f"wss://{card.site}{WS_PATH}",
        "address": card.address4,
        "origins": [page(card)],
        "proxy": {"kind": "nginx", "file": SITE},
        "backend": {"framework": "fastapi", "port": PORT, "directory": f"{APP}/backend"},
        "service": {"manager": "systemd", "name": "hotel-backend"},
        "env": {"file": ENV_FILE, "origins_key": "ALLOWED_ORIGINS"},
        "client": {"files": ["/var/www/hotel"]},
        "firewall": {"open": [80, 443, PAGES_PORT], "closed": [PORT]},
        "idle_seconds": 3600,
        "probe": {
            "login": {
                "path": LOGIN,
                "fields": {"email": ACCOUNT, "password": {"from_file": card.secret_file("account_password")}},
                "encoding": "json",
            },
            "token": {"path": WS_TOKEN, "field": "token", "place": "query", "name": "token"},
            "send": "hello",
            "expect": "hello",
            "ca_file": card.ca,
            "timeout_seconds": 4,
        },
    }


HOTEL: Final = System("003", WS_PATH, "/api/v1/health", put, inventory, way=way, origin=page)
