"""Breaks of what the application answers, and of the page that asks it."""

from __future__ import annotations

from tests.lab.breaks.commands import COMMAND
from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import edit_site, restart_chat, restart_unit
from tests.lab.host import Host
from tests.lab.site import APP, UNIT
from tests.lab.systems.hotel import BUNDLE, ENV_FILE, PORT, SERVER

HOTEL = ("003",)
SERVICE = "hotel-backend"
ACCEPT = "    await websocket.accept()\n"


@broken("message-too-big", "cut", confirm="message-too-big")
def message_too_big(host: Host) -> None:
    """The unit lets uvicorn take messages of three bytes."""
    host.edit(UNIT, COMMAND, f"{COMMAND} --ws-max-size 3")
    restart_chat(host)


@broken("closed-after-accept", "cut")
def closed_after_accept(host: Host) -> None:
    """The chat accepts, and closes with 1011 at once."""
    host.edit(f"{APP}/server.py", ACCEPT, f"{ACCEPT}    await websocket.close(code=1011)\n    return\n")
    restart_chat(host)


@broken("subprotocol-unrequested", "NegotiationError")
def subprotocol_unrequested(host: Host) -> None:
    """The chat chooses a subprotocol that nobody offered."""
    host.edit(f"{APP}/server.py", ACCEPT, ACCEPT.replace("accept()", 'accept(subprotocol="v1.chat")'))
    restart_chat(host)


@broken("fe-csp-connect-src", "101")
def policy_forbids(host: Host) -> None:
    """nginx sends a policy with the page that lets it open no socket."""
    edit_site(
        host,
        "    location /api/ {",
        "    add_header Content-Security-Policy \"connect-src 'none'\" always;\n\n    location /api/ {",
    )


@broken("trusted-host-400", "400", systems=HOTEL, body="Invalid host header", confirm="trusted-host-400")
def trusted_host(host: Host) -> None:
    """The list of TrustedHostMiddleware comes from the env file, and names another host."""
    host.edit(SERVER, "connected: dict[str, int] = {}\n", _TRUSTED)
    host.write(ENV_FILE, f"{host.read(ENV_FILE)}TRUSTED_HOSTS=localhost\n")
    restart_unit(host, SERVICE, PORT)


_TRUSTED = """
from starlette.middleware.trustedhost import TrustedHostMiddleware

app.add_middleware(TrustedHostMiddleware, allowed_hosts=os.environ["TRUSTED_HOSTS"].split(","))
connected: dict[str, int] = {}
"""


@broken("fe-wrong-base-path", "101", systems=HOTEL)
def wrong_base_path(host: Host) -> None:
    """The bundle opens the socket below /be, where no backend is."""
    host.edit(
        BUNDLE,
        "`${apiUrl.replace(/^http/, 'ws')}/ws?token=${encodeURIComponent(token)}`",
        "`wss://${window.location.hostname}/be/ws?token=${encodeURIComponent(token)}`",
    )


@broken("fe-dev-server-port", "101", systems=HOTEL)
def dev_server_port(host: Host) -> None:
    """The bundle opens the socket at the port of Vite's server."""
    host.edit(
        BUNDLE,
        "`${apiUrl.replace(/^http/, 'ws')}/ws?token=${encodeURIComponent(token)}`",
        "`wss://${window.location.hostname}:5173/api/v1/ws?token=${encodeURIComponent(token)}`",
    )


@broken("fe-websocket-disabled-flag", "101", systems=HOTEL)
def disabled_flag(host: Host) -> None:
    """A flag of the bundle says that there are no sockets."""
    host.edit(
        BUNDLE,
        "export async function connect() {\n",
        "const websocketEnabled = false;\n\nexport async function connect() {\n  if (!websocketEnabled) return null;\n",
    )
