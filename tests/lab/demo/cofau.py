"""Case 001: nginx in front of FastAPI, which PM2 keeps; a token in the query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.lab.breaks import breaks
from tests.lab.breaks.steps import until_listens
from tests.lab.demo.story import Act, Story
from tests.lab.demo.telling import check
from tests.lab.systems import pm2
from tests.lab.systems.cofau import ECOSYSTEM, NAME, PM2_HOME, PORT, USER

if TYPE_CHECKING:
    from tests.lab.host import Host

SOON = 2.0


def at_once(host: Host) -> None:
    """Show that the client is not kept waiting."""
    check(
        "that came at once: no socket hangs in CONNECTING for want of these lines",
        lambda: host.system.knock(host.card).seconds < SOON,
    )


def corrected(host: Host) -> None:
    """`server:app` in the ecosystem file, for the file is server.py; then `pm2 restart` with that file, and `pm2 save`."""
    host.edit(ECOSYSTEM, "app:app", "server:app")
    pm2.run(host, USER, PM2_HOME, f"restart {ECOSYSTEM} --only {NAME} --silent")
    pm2.run(host, USER, PM2_HOME, "save --silent")
    until_listens(host, PORT)


STORY: Final = Story(
    "001",
    (
        "Case 001: a chat. nginx with TLS in front of FastAPI on port 8000, kept by PM2; the socket asks for a token.",
        "The write-up says that nginx lacks the upgrade headers, so the socket hangs in CONNECTING, and gives a location",
        "that has to stand before `location /`.",
    ),
    (
        Act(
            "As the write-up claims: nginx has no location that forwards the upgrade.",
            breaks("001")["nginx-location-missing"],
            "nginx-upgrade-headers-missing",
            "A 404 within milliseconds, not a socket that hangs: the backend was asked with a plain GET.",
            besides=at_once,
        ),
        Act(
            "As it more probably was: PM2 starts app:app from a file named server.py, again and again.",
            breaks("001")["backend-wrong-entrypoint"],
            "backend-wrong-entrypoint",
            "502, nothing on the port, and restart after restart until PM2 gives up: no line in nginx would mend that.",
            mend=corrected,
        ),
    ),
    provisioned=False,
    kept=(ECOSYSTEM, f"{PM2_HOME}/dump.pm2", f"{PM2_HOME}/dump.pm2.bak"),
)
