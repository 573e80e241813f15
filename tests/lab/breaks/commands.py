"""Breaks of the command that starts the backend: another server, another worker, an option too many, a library too few."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import restart_chat, restart_unit
from tests.lab.host import Host
from tests.lab.site import APP, BACKEND_PORT, UNIT
from tests.lab.systems import parkmate

VENV = f"{APP}/venv"
COMMAND = f"{VENV}/bin/uvicorn server:app --host 127.0.0.1 --port {BACKEND_PORT}"
WHEELS = "/srv/wheels"
_PACK = r"""
import glob, json, os, sys, zipfile
for name in sys.argv[2:]:
    held = [d for d in glob.glob(sys.prefix + "/lib/python3*/site-packages/*.dist-info")
            if os.path.basename(d).lower().startswith(name + "-")]
    if not held:
        continue
    folder, about = os.path.split(held[0])
    tags = [l.split(": ")[1].strip() for l in open(held[0] + "/WHEEL") if l.startswith("Tag: ")]
    listed = [l.rsplit(",", 2)[0].strip('"') for l in open(held[0] + "/RECORD")]
    wheel = zipfile.ZipFile(f"{sys.argv[1]}/{about.removesuffix('.dist-info')}-{tags[0]}.whl", "w")
    for each in listed:
        skipped = each.endswith((".pyc", "/INSTALLER", "/REQUESTED")) or each.startswith("..")
        if not skipped and os.path.isfile(f"{folder}/{each}"):
            wheel.write(f"{folder}/{each}", each)
    wheel.close()
"""
"""Packs what is installed into wheels again: the lab's hosts reach no index."""


@broken("asgi-ws-none", "404", body="Not Found", confirm="asgi-ws-none")
def ws_none(host: Host) -> None:
    """The unit tells uvicorn to speak no WebSocket."""
    host.edit(UNIT, COMMAND, f"{COMMAND} --ws none")
    restart_chat(host)


@broken("backend-reload-flag-prod", "101", confirm="backend-reload-flag-prod")
def reload_flag(host: Host) -> None:
    """The unit runs uvicorn as a developer does: it starts anew whenever a file is written."""
    host.edit(UNIT, COMMAND, f"{COMMAND} --reload")
    restart_chat(host)
    host.wait_for_site()


@broken("asgi-no-ws-library", "404", body="Not Found", confirm="asgi-no-ws-library")
def no_library(host: Host) -> None:
    """The environment of the chat has lost its WebSocket libraries; what is installed anew comes from a folder."""
    host.sh(f"mkdir -p {WHEELS} && {VENV}/bin/python - {WHEELS} websockets", stdin=_PACK)
    host.write("/etc/pip.conf", f"[global]\nno-index = true\nfind-links = {WHEELS}\n")
    host.sh(f"{VENV}/bin/python -m pip uninstall -q -y websockets wsproto")
    restart_chat(host)


@broken(
    "backend-wrong-entrypoint-one-there",
    "502",
    body="502 Bad Gateway",
    fault="backend-wrong-entrypoint",
    systems=("003",),
    confirm="backend-wrong-entrypoint",
)
def wrong_attribute(host: Host) -> None:
    """The unit starts app.main:application, and the module calls it app."""
    host.edit("/etc/systemd/system/hotel-backend.service", "app.main:app", "app.main:application")
    restart_unit(host, "hotel-backend", BACKEND_PORT, listens=False)


@broken("gunicorn-sync-worker", "500", confirm="gunicorn-sync-worker")
def sync_worker(host: Host) -> None:
    """The unit runs gunicorn with its usual worker, which calls the application as WSGI."""
    host.edit(UNIT, COMMAND, f"{VENV}/bin/gunicorn --bind 127.0.0.1:{BACKEND_PORT} server:app")
    restart_chat(host)


@broken(
    "origin-not-allowed-channels-env",
    "403",
    systems=("004",),
    fault="origin-not-allowed-channels",
    confirm="origin-not-allowed-channels",
)
def list_in_the_env_file(host: Host) -> None:
    """DJANGO_ALLOWED_HOSTS names another host, and the inventory does not say what it should hold."""
    name = host.site.name
    host.edit(parkmate.ENV_FILE, f"=www.{name},{name}\n", f"=old.{name},localhost\n")
    restart_unit(host, "parkmate-daphne", parkmate.PORT)
