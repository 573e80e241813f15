"""Breaks of the hotel: its process, its tokens, and the bundle that visitors load."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import reload_nginx, restart_unit
from tests.lab.host import Host
from tests.lab.systems.hotel import ACCOUNTS, BUNDLE, ENV_FILE, PAGES_PORT, PORT, SERVER, SITE, UNIT

HOTEL = ("003",)
SERVICE = "hotel-backend"
GATEWAY = "502 Bad Gateway"
UPGRADE = "        proxy_set_header Upgrade $http_upgrade;\n        proxy_set_header Connection $connection_upgrade;\n"


@broken("backend-not-running", "502", systems=HOTEL, body=GATEWAY)
def not_running(host: Host) -> None:
    """The backend is stopped."""
    host.sh(f"systemctl stop {SERVICE}")


@broken("backend-wrong-entrypoint", "502", systems=HOTEL, confirm="backend-wrong-entrypoint", body=GATEWAY)
def wrong_entrypoint(host: Host) -> None:
    """The unit starts main:app, but the module is app.main."""
    host.edit(UNIT, "app.main:app", "main:app")
    restart_unit(host, SERVICE, PORT, listens=False)


@broken("backend-limit-concurrency", "403", systems=HOTEL, confirm="backend-limit-concurrency")
def limited(host: Host) -> None:
    """uvicorn may hold a single connection: the log-in already ends in 503, and without its cookie no socket opens."""
    host.edit(UNIT, f"--port {PORT}", f"--port {PORT} --limit-concurrency 1")
    restart_unit(host, SERVICE, PORT)


@broken("systemd-not-enabled", "101", systems=HOTEL)
def not_enabled(host: Host) -> None:
    """The backend runs now, but will not after a reboot."""
    host.sh(f"systemctl disable {SERVICE}")


@broken("nginx-upgrade-headers-missing", "404", systems=HOTEL, body="Not Found")
def upgrade_headers_missing(host: Host) -> None:
    """The lines that forward Upgrade and Connection are missing."""
    host.edit(SITE, UPGRADE, "")
    reload_nginx(host)


@broken("fe-hardcoded-localhost", "101", systems=HOTEL)
def hardcoded_localhost(host: Host) -> None:
    """The bundle fetches its token from localhost:8000: the visitor's own machine."""
    host.edit(BUNDLE, "`https://${window.location.hostname}/api/v1`", "'http://localhost:8000/api/v1'")


@broken("auth-token-expired", "403", systems=HOTEL)
def token_expired(host: Host) -> None:
    """The token for the socket is too old as soon as it is given out."""
    host.edit(ENV_FILE, "\nWS_TOKEN_SECONDS=300\n", "\nWS_TOKEN_SECONDS=-1\n")
    restart_unit(host, SERVICE, PORT)


@broken("auth-rest-vs-ws-differs", "403", systems=HOTEL)
def rest_vs_ws_differs(host: Host) -> None:
    """REST takes the session and the token is given out, but the socket looks the user up by e-mail address."""
    host.edit(
        SERVER,
        'user = accounts.read(token, "socket")\n    origin',
        ('user = accounts.read(token, "socket")\n    user = user and accounts.by_email(user["id"])\n    origin'),
    )
    host.sh(f"grep -q by_email {ACCOUNTS}")
    restart_unit(host, SERVICE, PORT)


@broken("origin-value-wrong", "403", systems=HOTEL)
def origin_value_wrong(host: Host) -> None:
    """ALLOWED_ORIGINS lacks the port of the pages."""
    name = host.site.name
    host.edit(ENV_FILE, f"\nALLOWED_ORIGINS=https://{name}:{PAGES_PORT}\n", f"\nALLOWED_ORIGINS=https://{name}\n")
    restart_unit(host, SERVICE, PORT)
