"""systemd waits for a sign that the backend never gives, takes the start for failed, and ends the process.

Seen as: the site works for a minute and a half after each start (TimeoutStartSec=), then 502, then works again; `systemctl
restart` hangs for so long.
Told apart: the unit's Type= is `forking` or `notify`, its start ended in a timeout or still goes on, and what it runs is a server
that stays in the foreground and notifies nobody. A server that dies at its start is backend-crash-loop.
Changed: with consent, a drop-in with `Type=exec`, and the unit is restarted.
Source: systemd.service(5), Type=, TimeoutStartSec=; sd_notify(3). gunicorn alone notifies, since 20.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wsfix.drivers.frameworks import recognise
from wsfix.faults.backend.restarting import then_listens
from wsfix.faults.backend.unitfile import drop_in, restart
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import ServiceState

FAULT = Fault("WS554", "systemd-type-mismatch", Hop.BACKEND, Safety.CONFIRM)
_AWAITED = {
    "notify": "a notification",
    "notify-reload": "a notification",
    "forking": "its first process to leave a child and end",
}
_NOTIFY = frozenset({"gunicorn", "hypercorn"})
"""Servers that may notify; hypercorn does where it was told to."""


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the start timed out, or goes on while the server listens already."""
    unit = seen.unit
    awaited = _AWAITED.get(unit.kind)
    running = recognise(unit.command)
    if awaited is None or running is None or running.server.name in _NOTIFY or "--daemon" in unit.command:
        return
    failed = unit.result == "timeout"
    starting = unit.active == "activating" and unit.sub == "start" and bool(seen.listening)
    if not failed and not starting:
        return
    yield FAULT.finding(
        f"{unit.unit} has Type={unit.kind} and waits for {awaited}, which {running.server.name} never gives; "
        "then systemd ends it",
        Evidence(f"systemctl show {unit.unit}", f"Type={unit.kind}, {unit.active} ({unit.sub}), result {unit.result}"),
        Evidence(f"{unit.fragment or unit.unit}, ExecStart", unit.command),
        *_said(unit),
        severity=Severity.WARNING if seen.works else Severity.ERROR,
    )


def _said(unit: ServiceState) -> list[Evidence]:
    line = next((line for line in reversed(unit.log) if "timed out" in line), None)
    return [Evidence(f"journal of {unit.unit}", line.strip())] if line else []


def cure(seen: Seen, _finding: Finding) -> Iterator[Edit | Action]:
    """Let systemd count it as started once its program runs."""
    yield from drop_in(seen.unit, "type", ("Type=exec",), FAULT.code)
    again = restart(seen, FAULT.code)
    if seen.listening:  # then it served before, and serves again after the undo, for as long as it may
        unit = seen.service.unit
        again = replace(again, undo=then_listens(seen, f"systemctl stop {unit}; systemctl start --no-block {unit}"))
    yield again
