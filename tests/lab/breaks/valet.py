"""Breaks of the valet service: what stands between an app's Socket.IO client and its server."""

from __future__ import annotations

from tests.lab import socketio
from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import reload_nginx, until_listens
from tests.lab.client import Knock
from tests.lab.host import Host
from tests.lab.systems import pm2
from tests.lab.systems.valet import APP, ECOSYSTEM, NAME, PM2_HOME, PORT, SITE, USER

VALET = ("002",)
UPGRADE = "        proxy_set_header Upgrade $http_upgrade;\n        proxy_set_header Connection $connection_upgrade;\n"
POLL_ERROR = "xhr poll error"


def by_websocket(host: Host, path: str) -> Knock:
    """Connect as an app that asks for the WebSocket transport only."""
    return socketio.connect(host.card, path, transports=["websocket"])


def by_polling(host: Host, path: str) -> Knock:
    """Connect as an app that never leaves polling."""
    return socketio.connect(host.card, path, transports=["polling"])


def by_version_2(host: Host, path: str) -> Knock:
    """Connect with the client of Socket.IO 2, which speaks Engine.IO 3."""
    return socketio.connect(host.card, path, version=3)


@broken("sio-path-mismatch", "refused", systems=VALET, body="502", ask=by_websocket)
def path_mismatch(host: Host) -> None:
    """The server's Socket.IO lives at /socket.io, the app asks at /ws: silence for a second, then the end."""
    host.edit(ECOSYSTEM, "SOCKET_PATH: '/ws'", "SOCKET_PATH: '/socket.io'")
    _started_anew(host)


@broken("sio-trailing-slash", "refused", systems=VALET, body="502", ask=by_websocket)
def trailing_slash(host: Host) -> None:
    """proxy_pass cuts the last slash of /ws/ off, and Engine.IO wants it."""
    host.edit(
        SITE,
        f"    location /ws/ {{\n        proxy_pass http://127.0.0.1:{PORT};",
        (f"    location /ws/ {{\n        proxy_pass http://127.0.0.1:{PORT}/ws;"),
    )
    reload_nginx(host)


@broken("sio-eio-version", "refused", systems=VALET, body="400", ask=by_version_2)
def eio_version(host: Host) -> None:
    """Nothing is broken on the server: the app is built with Socket.IO 2 and speaks Engine.IO 3."""
    host.sh("nginx -t")


@broken("sio-no-sticky", "refused", systems=VALET, body="400", ask=by_polling)
def no_sticky(host: Host) -> None:
    """PM2 runs four processes in cluster mode, and each knows only the sessions that it opened."""
    host.edit(ECOSYSTEM, "instances: 1,\n      exec_mode: 'fork'", "instances: 4,\n      exec_mode: 'cluster'")
    _started_anew(host)


@broken("sio-stuck-polling", "polling", systems=VALET)
def stuck_polling(host: Host) -> None:
    """nginx forwards no upgrade: the app works, and never leaves polling."""
    host.edit(SITE, UPGRADE, "")
    reload_nginx(host)


@broken("sio-upgrade-taken", "polling", systems=VALET)
def upgrade_taken(host: Host) -> None:
    """A second WebSocket server on the same HTTP server ends each upgrade that is not for its own path."""
    second = (
        "server.prependListener('upgrade', (request, socket) => "
        "socket.end('HTTP/1.1 400 Bad Request\\r\\nConnection: close\\r\\n\\r\\n'));\n\nio.use("
    )
    host.edit(f"{APP}/server.js", "io.use(", second)
    _started_anew(host)


@broken("closed-after-accept", "cut", systems=VALET)
def put_out(host: Host) -> None:
    """The application lets each client in and disconnects it at once."""
    host.edit(f"{APP}/server.js", "socket.emit('pickups/new', { requests: [] });", "socket.disconnect(true);")
    _started_anew(host)


@broken("sio-middleware-auth", "refused", systems=VALET, body="Unauthorized")
def middleware_auth(host: Host) -> None:
    """The server knows another access token than the app."""
    host.edit(ECOSYSTEM, host.card.secret("access_token"), "another")
    _started_anew(host)


@broken("backend-not-running", "refused", systems=VALET, body=POLL_ERROR)
def not_running(host: Host) -> None:
    """The application is stopped in PM2."""
    pm2.run(host, USER, PM2_HOME, f"stop {NAME} --silent")


@broken("pm2-not-saved", "websocket", systems=VALET)
def not_saved(host: Host) -> None:
    """The application runs, but nobody has saved the list: after a reboot it is gone."""
    host.sh(f"rm -f {PM2_HOME}/dump.pm2 {PM2_HOME}/dump.pm2.bak")


def _started_anew(host: Host) -> None:
    pm2.run(host, USER, PM2_HOME, f"delete {NAME} --silent")
    pm2.start(host, USER, PM2_HOME, ECOSYSTEM)
    until_listens(host, PORT)
