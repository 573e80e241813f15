"""Case 002: Socket.IO on Node behind nginx, asked by a mobile client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.lab import client
from tests.lab.breaks import breaks
from tests.lab.breaks.steps import until_listens
from tests.lab.demo.story import Act, Story
from tests.lab.demo.telling import check
from tests.lab.systems import pm2
from tests.lab.systems.valet import ECOSYSTEM, NAME, PM2_HOME, PORT, USER

if TYPE_CHECKING:
    from tests.lab.host import Host


def rest(host: Host) -> int:
    """Ask REST, which is the same process."""
    return client.get(host.card, host.system.health, tls=False).status


def rest_is_gone(host: Host) -> None:
    """Show what the write-up did not see."""
    check("REST answers 502, too: a server that does not run is silent everywhere", lambda: rest(host) == 502)


def rest_works(host: Host) -> None:
    """Show what the write-up did see."""
    check("REST answers 200 from the same process: the server runs", lambda: rest(host) == 200)


def corrected(host: Host) -> None:
    """`path: '/ws'` for the server, as the app asks; then started from the ecosystem file and saved."""
    host.edit(ECOSYSTEM, "SOCKET_PATH: '/socket.io'", "SOCKET_PATH: '/ws'")
    pm2.run(host, USER, PM2_HOME, f"delete {NAME} --silent")
    pm2.start(host, USER, PM2_HOME, ECOSYSTEM)
    until_listens(host, PORT)


STORY: Final = Story(
    "002",
    (
        "Case 002: a valet service. nginx on port 80 in front of Node and Socket.IO, kept by PM2; the app connects at /ws.",
        "The write-up reads `TransportError: websocket error` as: the WebSocket server does not run. It also notes that",
        "REST works perfectly, on the same port.",
    ),
    (
        Act(
            "As the write-up claims: the server does not run.",
            breaks("002")["backend-not-running"],
            "backend-not-running",
            "Then REST fails as well, which contradicts the write-up's own evidence.",
            healthy="websocket",
            besides=rest_is_gone,
        ),
        Act(
            "As it more probably was: the server's Socket.IO lives at /socket.io, and the app asks at /ws.",
            breaks("002")["sio-path-mismatch"],
            "sio-path-mismatch",
            "Engine.IO holds an upgrade at a path that is not its own for a second and hangs up; that is its signature.",
            healthy="websocket",
            mend=corrected,
            besides=rest_works,
        ),
    ),
    provisioned=False,
    kept=(ECOSYSTEM, f"{PM2_HOME}/dump.pm2", f"{PM2_HOME}/dump.pm2.bak"),
)
