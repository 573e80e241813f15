"""What an operator writes so that a blank host becomes one of the systems, and the commands run on such an inventory."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tests.lab import systems
from tests.lab.commands import BIN, ROOT
from tests.lab.disk import APPS
from tests.lab.host import Host
from tests.lab.inventory import entry, merged
from tests.lab.state import HostCard
from tests.lab.systems.system import accounts

SECONDS: Final = 540


def card_of(host: Host, system: systems.Name) -> HostCard:
    """The card of a host that is to become a system; its secrets are kept where the inventory names them."""
    held = host.directory / "secrets"
    held.mkdir(mode=0o700, exist_ok=True)
    for name, text in host.site.secrets.items():
        held.joinpath(name).write_text(f"{text}\n", encoding="utf-8")
    return replace(host.card, system=system)


def wish(host: Host, system: systems.Name, folder: Path) -> dict[str, Any]:
    """What is written about a system that is still to be made; its source and certificate lie in `folder`."""
    card = card_of(host, system)
    own, provision = _OVERLAYS[system](card)
    source = folder / "source"
    if not source.exists():
        name = provision.pop("application")
        shutil.copytree(APPS / name, source)
        role = {"role": "customer"} if name == "hotel" else {}
        if name in {"cofau", "hotel"}:
            source.joinpath("backend/users.json").write_text(accounts(host.site, **role), encoding="utf-8")
        folder.joinpath("chain.pem").write_text(host.site.certificate.fullchain, encoding="ascii")
        folder.joinpath("key.pem").write_text(host.site.certificate.key, encoding="ascii")
    provision.pop("application", None)
    site = merged(systems.SYSTEMS[system].inventory(card), own)
    provision["source"] = str(source)
    if site["url"].startswith("wss:"):
        provision["certificate"] = {"certificate": str(folder / "chain.pem"), "key": str(folder / "key.pem")}
    return {**site, "provision": provision}


def write(host: Host, sites: list[dict[str, Any]]) -> Path:
    """Write an inventory with this host and these sites, and say where."""
    name, data = entry(host.card)
    inventory = host.directory / "inventory.py"
    inventory.touch(mode=0o600)
    inventory.write_text(f"hosts = {[(name, {**data, 'sites': sites})]!r}\n", encoding="utf-8")
    return inventory


def run(
    host: Host, sites: list[dict[str, Any]], *words: str, program: str = "pyinfra"
) -> subprocess.CompletedProcess[str]:
    """Run `pyinfra INVENTORY WORDS`, or `wsfix check -i INVENTORY`, on an inventory with this host and these sites."""
    inventory = write(host, sites)
    asked = (str(inventory), *words) if program == "pyinfra" else ("check", "-i", str(inventory), *words)
    return subprocess.run(
        [BIN / program, *asked],
        cwd=ROOT,
        env={**os.environ, "PYINFRA_PROGRESS": "off", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def _karbar(_: HostCard) -> tuple[dict[str, Any], dict[str, Any]]:
    own = {
        "proxy": {"file": None},
        "backend": {"directory": "/opt/karbar/current/backend"},
        "env": {"file": "/etc/karbar/backend.env"},
        "client": {
            "env_file": "/etc/karbar/frontend.env",
            "files": ["/opt/karbar/current/frontend/src", "/opt/karbar/current/frontend/pages"],
        },
        "firewall": {"enabled": True},
    }
    made = {"application": "karbar", "directory": "/opt/karbar", "user": "karbar", "workdir": "backend"}
    return own, {**made, "entrypoint": "server:app", "static": "frontend/pages"}


def _cofau(card: HostCard) -> tuple[dict[str, Any], dict[str, Any]]:
    own = {
        "proxy": {"file": None},
        "backend": {"directory": "/opt/cofau/current/backend"},
        "env": {
            "file": "/etc/cofau/backend.env",
            "origins_key": "ALLOWED_ORIGINS",
            "values": {"SECRET_KEY": {"from_file": card.secret_file("jwt_secret")}},
        },
    }
    return own, {"application": "cofau", "workdir": "backend", "entrypoint": "server:app"}


def _valet(card: HostCard) -> tuple[dict[str, Any], dict[str, Any]]:
    own = {
        "proxy": {"file": None},
        "backend": {"directory": "/opt/valet/current"},
        "service": {"home": None, "ecosystem": "/opt/valet/ecosystem.config.js"},
        "env": {
            "file": "/etc/valet/valet.env",
            "values": {"ACCESS_TOKEN": {"from_file": card.secret_file("access_token")}},
        },
    }
    return own, {"application": "valet", "runtime": "node", "entrypoint": "server.js"}


def _hotel(card: HostCard) -> tuple[dict[str, Any], dict[str, Any]]:
    own = {
        "proxy": {"file": None},
        "backend": {"directory": "/opt/hotel/current/backend"},
        "env": {
            "file": "/etc/hotel/hotel.env",
            "values": {"JWT_SECRET_KEY": {"from_file": card.secret_file("jwt_secret")}},
        },
        "client": {"files": ["/opt/hotel/current/frontend/pages"]},
        "firewall": {"open": [80, 443]},
    }
    return own, {"application": "hotel", "workdir": "backend", "entrypoint": "app.main:app", "static": "frontend/pages"}


def _parkmate(card: HostCard) -> tuple[dict[str, Any], dict[str, Any]]:
    own = {
        "proxy": {"file": None},
        "backend": {"directory": "/opt/parkmate/current"},
        "env": {
            "file": "/etc/parkmate/parkmate.env",
            "values": {
                "DJANGO_SECRET_KEY": {"from_file": card.secret_file("jwt_secret")},
                "DJANGO_ALLOWED_HOSTS": f"{card.site},127.0.0.1",
                "REDIS_URL": "redis://127.0.0.1:6379/0",
            },
        },
        "client": {"files": ["/opt/parkmate/current/frontend"]},
        "firewall": {"enabled": True},
    }
    made = {"application": "parkmate", "entrypoint": "Parkmate.asgi:application", "packages": ["redis-server"]}
    plain = {"entrypoint": "Parkmate.wsgi:application", "port": 8000}
    return own, {**made, "http": plain, "static": "frontend"}


_OVERLAYS: Final = {"000": _karbar, "001": _cofau, "002": _valet, "003": _hotel, "004-split": _parkmate}
