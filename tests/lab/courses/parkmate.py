"""The courses of the car park: Channels on Daphne, alone and beside gunicorn."""

from __future__ import annotations

from tests.lab.breaks import Break
from tests.lab.course import Course
from tests.lab.courses import everywhere
from tests.lab.host import Host

NAMED = {
    "gunicorn-without-websocket-route": "nginx-upstream-wrong-port",
    "origin-not-allowed-channels": "env-value-wrong",
    "origin-value-wrong": "env-value-wrong",
}
"""The lab's word for a break where wsfix names another fault as the cause."""
ADVICE = {"backend-crash-loop", "backend-wrong-entrypoint", "channels-inmemory-layer-split"}
ASKED = {"origin-not-allowed-channels-env": {"env": {"values": None}}}
"""What the inventory says differently."""
STILL_WORKS = {"channels-inmemory-layer-split", "systemd-not-enabled"}


def course(_host: Host, chosen: Break) -> Course:
    """What is expected of a break of the car park."""
    if chosen.wide:
        return everywhere.course(chosen)
    fault = NAMED.get(chosen.name, chosen.fault)
    return Course(
        fault,
        advice=fault in ADVICE,
        drift=chosen.name in STILL_WORKS,
        site=ASKED.get(chosen.name, {}),
        confirm=chosen.confirm,
    )
