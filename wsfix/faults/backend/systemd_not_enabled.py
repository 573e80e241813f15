"""The backend's unit, or the proxy's, does not start at boot.

Seen as: nothing, until the next reboot; then 502 or connection refused.
Told apart: UnitFileState is disabled while the unit is meant to run. A unit that a socket unit starts at the first connection
need not be enabled itself; then its socket must be.
Changed: the unit is enabled; it is neither started nor stopped by that.
Source: systemctl(1), enable; systemd.socket(5).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import ServiceState

FAULT = Fault("WS510", "systemd-not-enabled", Hop.BACKEND, Safety.SAFE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for each unit of the path that is disabled."""
    for unit in _units(seen):
        if unit.load != "loaded" or unit.enabled != "disabled" or "enabled" in unit.sockets.values():
            continue
        name, state = next(iter(unit.sockets.items()), (unit.unit, unit.enabled))
        yield FAULT.finding(
            f"{name} does not start at boot",
            Evidence(f"systemctl is-enabled {name}", state),
            severity=Severity.WARNING,
            subject=name,
        )


def _units(seen: Seen) -> list[ServiceState]:
    units = seen.inside.known("units", seen.inside.services)
    names = [site_unit.unit for site_unit in [seen.site.service] if site_unit] + [seen.site.proxy.unit]
    return [units[name] for name in names if name in units]


def cure(_seen: Seen, finding: Finding) -> Iterator[Action]:
    """Enable the unit."""
    unit = finding.subject
    yield Action(
        do=f"systemctl enable -q {unit}",
        undo=f"systemctl disable -q {unit}",
        title=f"enable {unit} at boot",
        cost="keeps open sockets",
        faults=(FAULT.code,),
        rank=70,
    )
