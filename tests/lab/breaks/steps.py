"""The steps that breaks are made of: change a file, then let nginx or the chat take it up."""

from __future__ import annotations

import re

from tests.lab.host import Host, until
from tests.lab.site import BACKEND_PORT, NGINX_SITE, UNIT

SETTLE_SECONDS = 15.0
BLOCK = "    location /api/chat/ws/ {"


def reload_nginx(host: Host) -> None:
    """Reload and wait until only the new workers take connections."""
    before = _workers(host)
    host.sh("systemctl reload nginx")

    def taken_over() -> bool:
        now = _workers(host)
        return bool(now.keys() - before.keys()) and all(
            "shutting down" in now.get(pid, "shutting down") for pid in before
        )

    until(SETTLE_SECONDS, f"nginx on {host.name} to take up its new configuration", taken_over)


def edit_site(host: Host, before: str, after: str) -> None:
    """Edit the chat's nginx file and reload."""
    host.edit(NGINX_SITE, before, after)
    reload_nginx(host)


def edit_ws_location(host: Host, before: str, after: str) -> None:
    """Edit the location of the WebSocket only, and reload."""
    block = ws_location(host)
    if before not in block:
        raise ValueError(f"the WebSocket's location holds no {before!r}")
    edit_site(host, block, block.replace(before, after))


def ws_location(host: Host) -> str:
    """The text of the WebSocket's location."""
    return location(host, "/api/chat/ws/")


def location(host: Host, path: str) -> str:
    """The text of a location, from its first word to its closing brace."""
    text = host.read(NGINX_SITE)
    start = text.index(f"    location {path} {{")
    return text[start : text.index("\n    }\n", start) + len("\n    }\n")]


def restart_chat(host: Host, *, listens: bool = True) -> None:
    """Restart the chat; wait until it listens, or until it is certain that it does not."""
    restart_unit(host, "chat", BACKEND_PORT, listens=listens)


def restart_unit(host: Host, unit: str, port: int, *, listens: bool = True) -> None:
    """Restart a unit; wait until its port listens, or until it is certain that it does not."""
    host.sh(f"systemctl daemon-reload; systemctl restart {unit}", check=listens)
    if listens:
        until_listens(host, port)
    else:
        until(SETTLE_SECONDS, f"{unit} on {host.name} to fail", lambda: _failed(host, unit))


def until_listens(host: Host, port: int) -> None:
    """Wait until somebody listens on a port of the host."""
    until(SETTLE_SECONDS, f"port {port} of {host.name} to listen", lambda: _listens(host, port))


def reload_apache(host: Host) -> None:
    """Reload gracefully and wait until only the new generation takes connections; the old one may still hold some."""
    before = _apache(host)
    host.sh("systemctl reload apache2")

    def taken_over() -> bool:
        return bool(_apache(host) - before) and not _listeners(host) & before

    until(SETTLE_SECONDS, f"Apache on {host.name} to take up its new configuration", taken_over)


def run_backend(host: Host, program: str) -> None:
    """Run another of the chat's programs in the unit."""
    uvicorn = f"ExecStart=/opt/chat/venv/bin/uvicorn server:app --host 127.0.0.1 --port {BACKEND_PORT}"
    host.edit(UNIT, uvicorn, f"ExecStart=/opt/chat/venv/bin/python {program}.py")
    restart_chat(host)


def _workers(host: Host) -> dict[str, str]:
    said = host.sh("pgrep -af '^nginx: worker'", check=False).stdout
    return dict(line.split(" ", 1) for line in said.splitlines())


def _apache(host: Host) -> set[str]:
    main = host.sh("systemctl show --value -p MainPID apache2").stdout.strip()
    return set(host.sh(f"pgrep -P {main}", check=False).stdout.split())


def _listeners(host: Host) -> set[str]:
    return set(re.findall(r"pid=(\d+)", host.sh("ss -Htlnp 'sport = :80 or sport = :443'").stdout))


def _listens(host: Host, port: int) -> bool:
    return bool(host.sh(f"ss -Htln 'sport = :{port}'").stdout)


def _failed(host: Host, unit: str) -> bool:
    return int(host.sh(f"systemctl show --value -p NRestarts {unit}").stdout or "0") > 0
