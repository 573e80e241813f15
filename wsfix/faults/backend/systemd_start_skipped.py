"""systemd does not even try to start the backend: a condition of the unit is not met, or what it requires has failed.

Seen as: 502; the unit is inactive, and `systemctl start` says nothing, or that a dependency failed.
Told apart: from a unit that was stopped by systemd's own words in its journal, after which nothing was started.
Changed: nothing; the condition or the dependency is there for a reason. The line that names it is shown.
Source: systemd.unit(5), "Conditions and Asserts", Requires=.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.faults.backend.unitfile import down
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.inside import ServiceState

FAULT = Fault("WS555", "systemd-start-skipped", Hop.BACKEND, Safety.ADVICE)
_SKIPPED = re.compile(
    r"\bskipped(?: because|,) |Condition check resulted in .* being skipped|Dependency failed for|Assertion failed"
)
_BEGUN = re.compile(r"^(?:Starting|Started) ")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the last thing that systemd says of the unit is that it was not started."""
    unit = seen.unit
    line = skipped(unit)
    if not line or unit.load != "loaded" or not down(seen):
        return
    yield FAULT.finding(
        f"systemd did not start {unit.unit}: {line}",
        Evidence(f"journal of {unit.unit}", line),
        Evidence(f"systemctl show {unit.unit}", f"{unit.active} ({unit.sub}), result {unit.result}"),
        severity=seen.severity,
        advice=f"Meet what the line names, or take it out of {unit.fragment or unit.unit} (`systemctl cat {unit.unit}`), then "
        f"`systemctl daemon-reload && systemctl start {unit.unit}`.",
    )


def skipped(unit: ServiceState) -> str:
    """Return why the last start was not tried; empty where it was."""
    if unit.active not in {"inactive", "failed"}:
        return ""
    last = next((line for line in reversed(unit.log) if _SKIPPED.search(line) or _BEGUN.match(line)), "")
    return last.strip() if _SKIPPED.search(last) else ""
