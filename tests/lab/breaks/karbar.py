"""Breaks of kar.bar beside its proxy: backend, settings, packet filter, and the files of its pages."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import restart_unit
from tests.lab.host import Host
from tests.lab.systems.karbar import APP, ENV_FILE, PAGE_ENV_FILE, PORT, SERVER, UNIT

KARBAR = ("000",)
SERVICE = "karbar-backend"
UNAVAILABLE = "503 Service Unavailable"


@broken("backend-not-running", "503", systems=KARBAR, body=UNAVAILABLE)
def not_running(host: Host) -> None:
    """The backend is stopped; behind Apache that is a 503."""
    host.sh(f"systemctl stop {SERVICE}")


@broken("backend-crash-loop", "503", systems=KARBAR, body=UNAVAILABLE)
def crash_loop(host: Host) -> None:
    """The backend ends with a traceback at each start."""
    host.edit(SERVER, "app = FastAPI(", 'raise RuntimeError("the hub has no database")\napp = FastAPI(')
    restart_unit(host, SERVICE, PORT, listens=False)


@broken("backend-wrong-entrypoint", "503", systems=KARBAR, body=UNAVAILABLE)
def wrong_entrypoint(host: Host) -> None:
    """The unit starts app:app, but the file is server.py."""
    host.edit(UNIT, "server:app", "app:app")
    restart_unit(host, SERVICE, PORT, listens=False)


@broken("systemd-not-enabled", "101", systems=KARBAR)
def not_enabled(host: Host) -> None:
    """The backend runs now, but will not after a reboot."""
    host.sh(f"systemctl disable {SERVICE}")


@broken("origin-value-wrong", "403", systems=KARBAR)
def origin_value_wrong(host: Host) -> None:
    """CORS_ORIGINS names the development server's pages only."""
    _name_no_page(host)
    restart_unit(host, SERVICE, PORT)


@broken("env-not-loaded", "403", systems=KARBAR)
def env_not_loaded(host: Host) -> None:
    """The file is right, but the backend was started before it was."""
    good = host.read(ENV_FILE)
    _name_no_page(host)
    restart_unit(host, SERVICE, PORT)
    host.write(ENV_FILE, good)


@broken("env-not-loaded-other-file", "403", systems=KARBAR, fault="env-not-loaded")
def env_other_file(host: Host) -> None:
    """The unit reads .env, which is not there, and the minus sign hides it; the settings stand in .env.local."""
    host.edit(UNIT, f"EnvironmentFile={ENV_FILE}\n", f"EnvironmentFile=-{APP}/backend/.env\n")
    restart_unit(host, SERVICE, PORT)


@broken("fw-backend-exposed", "101", systems=KARBAR)
def backend_exposed(host: Host) -> None:
    """The backend listens on every address, and ufw lets anybody reach 8001."""
    host.sh(f"ufw allow {PORT}/tcp")


@broken("fw-drops-http", "timeout", systems=KARBAR)
def drops_http(host: Host) -> None:
    """Port 443 is not allowed, so packets from outside vanish."""
    host.sh("ufw delete allow 443/tcp")


@broken("client-env-wrong", "101", systems=KARBAR, fault="env-value-wrong")
def client_env_wrong(host: Host) -> None:
    """The pages are built for the backend's own port, which nobody outside may reach."""
    name = host.site.name
    host.edit(PAGE_ENV_FILE, f"=https://{name}/be", f"=https://{name}:{PORT}")


@broken("fe-dev-proxy-no-ws", "101", systems=KARBAR)
def dev_proxy_no_ws(host: Host) -> None:
    """setupProxy.js does not hand upgrades on, so `npm start` shows a page without its socket."""
    host.edit(f"{APP}/frontend/src/setupProxy.js", "      ws: true, // hand upgrades on, too\n", "")


@broken("fe-hardcoded-localhost", "101", systems=KARBAR)
def hardcoded_localhost(host: Host) -> None:
    """The bundle names localhost:8001: the visitor's own machine."""
    host.edit("/var/www/karbar/static/js/main.js", "`${window.location.origin}/be`", "'http://localhost:8001'")


def _name_no_page(host: Host) -> None:
    name = host.site.name
    good = f"\nCORS_ORIGINS=https://www.{name},http://localhost:3000,https://{name}\n"
    host.edit(ENV_FILE, good, "\nCORS_ORIGINS=http://localhost:3000\n")
