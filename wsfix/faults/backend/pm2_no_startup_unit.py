"""Nothing starts PM2 at boot.

Seen as: nothing, until the next reboot; then 502: PM2's list was saved, and nobody reads it.
Told apart: systemd has no unit pm2-USER.service, and the daemon was not started by another unit either. A unit that is there
and disabled is `systemd-not-enabled`.
Changed: the unit is made as `pm2 startup systemd` would make it, and enabled; the daemon that runs is left alone.
Source: PM2, "Startup Script"; systemd.service(5), Type=forking.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.ours import Ours, ours
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action, Edit
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.templates import render

FAULT = Fault("WS521", "pm2-no-startup-unit", Hop.BACKEND, Safety.SAFE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the application is kept and no unit would start its daemon."""
    held = ours(seen)
    units = seen.inside.known("units", seen.inside.services)
    unit = seen.inside.known("units", units.get(held.service.unit))
    started_by = held.daemon.unit if held.daemon else ""
    if unit.load != "not-found" or started_by.endswith(".service") or not _concerns(seen, held):
        return
    daemon = f"PM2 daemon {held.daemon.pid}" if held.daemon else f"PM2 daemon of {held.user}"
    state = f"it was started in {started_by or 'no unit'}" if held.daemon else "it does not run"
    yield FAULT.finding(
        f"PM2 of {held.user} does not start at boot",
        Evidence(f"systemctl show {held.service.unit}", "there is no such unit on the host"),
        Evidence(daemon, state),
        severity=Severity.WARNING,
    )


def _concerns(seen: Seen, held: Ours) -> bool:
    """Whether PM2 keeps the application, or must be started for it."""
    if held.daemon is not None:
        return bool(held.applications)
    return held.declared is not None and not seen.listening


def cure(seen: Seen, _finding: Finding) -> Iterator[Edit | Action]:
    """Make the unit and enable it."""
    held = ours(seen)
    unit = held.service.unit
    text = render(
        "pm2/startup.service.j2", user=held.user, home=held.home, path=held.cli.path, program=held.cli.program
    )
    yield Edit(f"/etc/systemd/system/{unit}", None, text.encode(), (FAULT.code,), None)
    yield Action(
        do="systemctl daemon-reload",
        undo="systemctl daemon-reload",
        title="make systemd read its units again",
        cost="keeps open sockets",
        faults=(FAULT.code,),
        rank=10,
    )
    yield Action(
        do=f"systemctl enable -q {unit}",
        undo=f"systemctl disable -q {unit}",
        title=f"enable {unit} at boot",
        cost="keeps open sockets",
        faults=(FAULT.code,),
        rank=70,
    )
