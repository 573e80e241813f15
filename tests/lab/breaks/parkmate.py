"""Breaks of the car park: servers that know no sockets, a validator that refuses, a layer that joins nobody."""

from __future__ import annotations

import json

from tests.lab import client
from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import reload_nginx, restart_unit
from tests.lab.client import Knock
from tests.lab.host import Host
from tests.lab.systems.parkmate import ENV_FILE, PORT, SETTINGS, SITE, SPLIT_PORT, UNIT

PARKMATE, SPLIT, EITHER = ("004",), ("004-split",), ("004", "004-split")
DAPHNE, HTTP = "parkmate-daphne", "parkmate-http"
COMMAND = f"/opt/parkmate/venv/bin/daphne -b 127.0.0.1 -p {PORT} Parkmate.asgi:application"
RUNSERVER = f"/opt/parkmate/venv/bin/python manage.py runserver --noreload 127.0.0.1:{PORT}"
TOLD, SILENT = "told", "silent"


def notified(host: Host, path: str) -> Knock:
    """Hold the socket, let a view send the user a notification, and say whether it came."""
    user = path.rstrip("/").rpartition("/")[2]
    with client.opened(host.card, path) as connection:
        reply = client.ask(host.card, f"/api/notify/{user}/", method="POST", body="your place is free")
        if reply.status != 200:
            return Knock(str(reply.status), reply.body)
        try:
            said = str(connection.recv(timeout=client.SECONDS))
        except TimeoutError:
            return Knock(SILENT)
    return Knock(TOLD if json.loads(said)["message"] == "your place is free" else "other", said)


@broken("wsgi-not-asgi", "404", systems=PARKMATE, confirm="wsgi-not-asgi", body="Not Found")
def runserver_wsgi(host: Host) -> None:
    """The unit runs Django's development server and `daphne` is not among the applications: it speaks WSGI only."""
    host.edit(UNIT, COMMAND, RUNSERVER)
    host.edit(SETTINGS, '    "daphne",\n', "")
    restart_unit(host, DAPHNE, PORT)


@broken("wsgi-not-asgi-daphne", "500", systems=PARKMATE, confirm="wsgi-not-asgi", fault="wsgi-not-asgi")
def daphne_wsgi(host: Host) -> None:
    """The unit gives Daphne the application of wsgi.py: every request fails."""
    host.edit(UNIT, "Parkmate.asgi:application", "Parkmate.wsgi:application")
    restart_unit(host, DAPHNE, PORT)


@broken("backend-wrong-entrypoint", "502", systems=PARKMATE)
def no_such_application(host: Host) -> None:
    """The unit names an application that asgi.py does not have."""
    host.edit(UNIT, "Parkmate.asgi:application", "Parkmate.asgi:app")
    restart_unit(host, DAPHNE, PORT, listens=False)


@broken(
    "wsgi-not-asgi-noasgi", "404", systems=PARKMATE, confirm="wsgi-not-asgi", fault="wsgi-not-asgi", body="Not Found"
)
def runserver_noasgi(host: Host) -> None:
    """`daphne` is among the applications, but the development server is told to leave ASGI alone."""
    host.edit(UNIT, COMMAND, f"{RUNSERVER} --noasgi")
    restart_unit(host, DAPHNE, PORT)


@broken(
    "wsgi-not-asgi-gunicorn", "404", systems=PARKMATE, confirm="wsgi-not-asgi", fault="wsgi-not-asgi", body="Not Found"
)
def gunicorn_wsgi(host: Host) -> None:
    """The unit runs gunicorn with Parkmate.wsgi: plain HTTP works, and no socket ever opens."""
    gunicorn = f"/opt/parkmate/venv/bin/gunicorn --bind 127.0.0.1:{PORT} Parkmate.wsgi:application"
    host.edit(UNIT, COMMAND, gunicorn)
    restart_unit(host, DAPHNE, PORT)


@broken("origin-not-allowed-channels", "403", systems=EITHER)
def origin_not_allowed(host: Host) -> None:
    """DJANGO_ALLOWED_HOSTS names another host, so the validator refuses the page's origin."""
    name = host.site.name
    host.edit(ENV_FILE, f"=www.{name},{name}\n", f"=old.{name},localhost\n")
    restart_unit(host, DAPHNE, _socket_port(host))


@broken("backend-not-running", "502", systems=EITHER, body="502 Bad Gateway")
def not_running(host: Host) -> None:
    """Daphne is stopped."""
    host.sh(f"systemctl stop {DAPHNE}")


@broken("gunicorn-without-websocket-route", "404", systems=SPLIT, body="Not Found")
def to_gunicorn(host: Host) -> None:
    """nginx sends the socket to gunicorn, which serves plain HTTP; Daphne waits on the next port."""
    host.edit(SITE, f"proxy_pass http://127.0.0.1:{SPLIT_PORT};", f"proxy_pass http://127.0.0.1:{PORT};")
    reload_nginx(host)


@broken("channels-inmemory-layer-split", SILENT, systems=SPLIT, ask=notified)
def inmemory_layer_split(host: Host) -> None:
    """The layer lives in memory: what gunicorn sends never reaches the sockets that Daphne holds."""
    host.edit(ENV_FILE, "\nREDIS_URL=redis://127.0.0.1:6379/0\n", "\n#REDIS_URL=redis://127.0.0.1:6379/0\n")
    restart_unit(host, DAPHNE, SPLIT_PORT)
    restart_unit(host, HTTP, PORT)
    host.wait_for_site()  # gunicorn listens before its workers have read the project


@broken("redis-layer-down", "500", systems=SPLIT)
def redis_down(host: Host) -> None:
    """Redis is stopped: the consumer cannot join its group, and the handshake ends in an error."""
    host.sh("systemctl stop redis-server")


def _socket_port(host: Host) -> int:
    return SPLIT_PORT if host.system.name == "004-split" else PORT
