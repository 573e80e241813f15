"""The channel layer's Redis does not answer, and the application fails on every socket.

Seen as: 500 on sockets only, or sockets that open and close with 1011.
Told apart: the service's log says that the connection to Redis was refused, and nothing listens on that port of this host.
Changed: where it is the usual port and the host has a unit of Redis or Valkey that is merely stopped, that is started; the undo
stops it. Else which store it is, and why it is down, is not known, and the command is shown.
Source: systemctl(1), start; redis-py, ConnectionError ("Error 111 connecting to …"); channels_redis.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.faults.backend.serving import log_source, logged, refusal
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

USUAL_PORT = 6379
UNITS = ("redis-server.service", "valkey-server.service")
START_RANK = 30
FAULT = Fault("WS611", "redis-layer-down", Hop.APPLICATION, Safety.SAFE)
_REFUSED = re.compile(r"Error \d+ connecting to (?:localhost|127\.0\.0\.1|::1):(?P<port>\d+)")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the application says so, and the port is still dead."""
    if seen.works:
        return
    said = logged(seen, "connecting to localhost:", "connecting to 127.0.0.1:", "connecting to ::1:")
    match = _REFUSED.search(said or "")
    refused = refusal(seen) if match else None
    if said is None or match is None or refused is None or seen.listeners(int(match["port"])):
        return
    unit = _stopped(seen, int(match["port"]))
    stopped = [Evidence(f"systemctl show {unit}", "installed, and not running")] if unit else []
    yield FAULT.finding(
        f"the application cannot reach Redis on port {match['port']} of its own host",
        Evidence(log_source(seen), said),
        Evidence("listeners", f"nothing listens on port {match['port']}"),
        *stopped,
        answer(refused[0]),
        severity=seen.severity,
        safety=Safety.SAFE if unit else Safety.ADVICE,
        advice="Start it (`systemctl enable --now redis-server`), or correct its address in the application's settings.",
    )


def _stopped(seen: Seen, port: int) -> str:
    """Return the unit of the store that is installed and at rest; empty where there is none, or more than one."""
    units = seen.inside.services or {}
    here = [units[name] for name in UNITS if name in units and units[name].load == "loaded"]
    at_rest = [unit.unit for unit in here if unit.active in {"inactive", "failed"}]
    return at_rest[0] if port == USUAL_PORT and len(here) == 1 and at_rest else ""


def cure(seen: Seen, finding: Finding) -> Iterator[Action]:
    """Start the store; the backend connects anew by itself."""
    unit = _stopped(seen, USUAL_PORT)
    if finding.safety is Safety.SAFE and unit:
        yield Action(
            do=f"systemctl start {unit}",
            undo=f"systemctl stop {unit}",
            title=f"start {unit}",
            cost="keeps open sockets",
            faults=(FAULT.code,),
            rank=START_RANK,
        )
