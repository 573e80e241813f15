"""Breaks of cofau: its location in nginx, its process under PM2, and the token's subject."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import reload_nginx, until_listens
from tests.lab.host import Host, until
from tests.lab.systems import pm2
from tests.lab.systems.cofau import ECOSYSTEM, NAME, PM2_HOME, PORT, SERVER, SITE, USER

COFAU = ("001",)
GATEWAY = "502 Bad Gateway"
UPGRADE = "        proxy_set_header Upgrade $http_upgrade;\n        proxy_set_header Connection $connection_upgrade;\n"


@broken("nginx-location-missing", "404", systems=COFAU, body="Not Found")
def location_missing(host: Host) -> None:
    """No location for the socket: `location /` takes it and forwards no upgrade."""
    text = host.read(SITE)
    start = text.index("    # WebSocket endpoint for chat\n")
    host.write(SITE, text[:start] + text[text.index("    # uploads\n") :])
    reload_nginx(host)


@broken("nginx-upgrade-headers-missing", "404", systems=COFAU, body="Not Found")
def upgrade_headers_missing(host: Host) -> None:
    """The lines that forward Upgrade and Connection are missing."""
    host.edit(SITE, UPGRADE, "")
    reload_nginx(host)


@broken("backend-not-running", "502", systems=COFAU, body=GATEWAY)
def not_running(host: Host) -> None:
    """The application is stopped in PM2."""
    _pm2(host, f"stop {NAME} --silent")


@broken("backend-wrong-entrypoint", "502", systems=COFAU, body=GATEWAY)
def wrong_entrypoint(host: Host) -> None:
    """The ecosystem file starts app:app, but the file is server.py: PM2 starts it again and again."""
    host.edit(ECOSYSTEM, "server:app", "app:app")
    _started_anew(host, listens=False)


@broken("backend-crash-loop", "502", systems=COFAU, body=GATEWAY)
def crash_loop(host: Host) -> None:
    """The application ends with a traceback at each start."""
    host.edit(SERVER, "app = FastAPI(", 'raise RuntimeError("cofau has no database")\napp = FastAPI(')
    _started_anew(host, listens=False)


@broken("pm2-interpreter", "502", systems=COFAU, body=GATEWAY)
def interpreter(host: Host) -> None:
    """The ecosystem file does not say `interpreter: 'none'`, so PM2 lets Node run a Python script."""
    host.edit(ECOSYSTEM, "      interpreter: 'none',\n", "      interpreter: 'node',\n")
    _started_anew(host, listens=False)


@broken("pm2-not-saved", "101", systems=COFAU)
def not_saved(host: Host) -> None:
    """The application runs, but nobody has saved the list: after a reboot it is gone."""
    host.sh(f"rm -f {PM2_HOME}/dump.pm2 {PM2_HOME}/dump.pm2.bak")


@broken("pm2-no-startup-unit", "101", systems=COFAU)
def no_startup_unit(host: Host) -> None:
    """The list is saved, but PM2 itself does not start with the host."""
    host.sh(f"systemctl disable pm2-{USER}")


@broken("pm2-env-cached", "403", systems=COFAU)
def env_cached(host: Host) -> None:
    """The ecosystem file is right, but `pm2 restart` kept the environment of the day before."""
    good = host.read(ECOSYSTEM)
    name = host.site.name
    host.edit(ECOSYSTEM, f"https://www.{name},https://{name}", f"https://old.{name}")
    _started_anew(host)
    host.write(ECOSYSTEM, good)
    _pm2(host, f"restart {NAME} --silent")
    until_listens(host, PORT)


@broken("auth-rest-vs-ws-differs", "403", systems=COFAU)
def rest_vs_ws_differs(host: Host) -> None:
    """The token's subject is an e-mail address and the socket looks it up as a number; REST takes the same token."""
    by_id = '{user["id"]: user for user in USERS.values()}[jwt.decode(token, SECRET_KEY, ["HS256"])["sub"]]'
    host.edit(
        SERVER,
        "        user = subject(token)\n    except (jwt.InvalidTokenError, KeyError):\n        user",
        (f"        user = {by_id}\n    except (jwt.InvalidTokenError, KeyError):\n        user"),
    )
    _pm2(host, f"restart {NAME} --silent")
    until_listens(host, PORT)


def _started_anew(host: Host, *, listens: bool = True) -> None:
    """Start it from the ecosystem file as it is now, and save it."""
    _pm2(host, f"delete {NAME} --silent")
    pm2.start(host, USER, PM2_HOME, ECOSYSTEM)
    if listens:
        until_listens(host, PORT)
    else:
        until(20, f"{NAME} on {host.name} to fail", lambda: _restarts(host) > 1)


def _restarts(host: Host) -> int:
    said = _pm2(host, f"describe {NAME}", check=False)
    counts = [line.split("│")[2].strip() for line in said.splitlines() if "│ restarts " in line]
    return int(counts[0]) if counts else 0


def _pm2(host: Host, words: str, *, check: bool = True) -> str:
    return pm2.run(host, USER, PM2_HOME, words, check=check)
