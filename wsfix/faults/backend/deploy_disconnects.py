"""The backend was restarted several times of late; each time every socket broke.

Seen as: waves of 1012 or 1006 in all clients at once, at each deployment.
Told apart: the unit's journal holds several orderly stops and starts; its process did not die.
Changed: nothing; a note. Clients must come back by themselves, and not all at once.
Source: RFC 6455 section 7.2.3 (reconnecting with a random delay); uvicorn closes with 1012 at SIGTERM (measured).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS538", "deploy-disconnects", Hop.BACKEND, Safety.ADVICE)
MANY = 3


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the journal's end alone holds several stops."""
    unit = seen.unit
    if not unit.running or unit.restarts:
        return
    stops = [line.strip() for line in unit.log if line.startswith("Stopped ")]
    if len(stops) < MANY:
        return
    yield FAULT.finding(
        f"{unit.unit} was restarted {len(stops)} times of late, and every socket broke each time",
        Evidence(f"journal of {unit.unit}", stops[-1]),
        severity=Severity.NOTE,
        advice="Let the client connect again after a random delay that grows (1 s, 2 s, 4 s … with jitter), and restart at quiet times.",
    )
