"""The backend starts, dies, and is started again.

Seen as: 502, now and then or always.
Told apart: from a backend that was stopped by its count of restarts, and by a result that is not success.
Changed: nothing; a restart cannot mend what dies at start. The last traceback is shown.
Source: systemd.service(5), Restart=; systemctl(1), NRestarts.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS502", "backend-crash-loop", Hop.BACKEND, Safety.ADVICE, explained_by=("backend-wrong-entrypoint",))
LAST_LINES = 6


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the unit is failed or waiting to be started again after it died by itself."""
    unit = seen.unit
    died = unit.result in {"exit-code", "signal", "core-dump", "start-limit-hit", "timeout", "oom-kill", "watchdog"}
    looping = unit.sub == "auto-restart" or (unit.active in {"failed", "activating"} and died)
    if seen.works or not (looping or _between_two_deaths(seen)):
        return
    tail = [line for line in unit.log if line.strip()][-LAST_LINES:]
    yield FAULT.finding(
        f"{unit.unit} dies at start ({unit.result}, {unit.restarts} restarts so far)",
        Evidence(f"systemctl show {unit.unit}", f"{unit.active} ({unit.sub}), result {unit.result}"),
        *(Evidence(f"journal of {unit.unit}", line.strip()) for line in tail),
        severity=seen.severity,
        advice=f"Mend what the last lines name, then `systemctl reset-failed {unit.unit}; systemctl start {unit.unit}`.",
    )


def _between_two_deaths(seen: Seen) -> bool:
    """Whether the unit was caught alive for a moment: it was started again before, and nothing listens yet."""
    if seen.site.backend is None or not seen.unit.restarts:
        return False
    return not seen.listeners(seen.site.backend.port)
