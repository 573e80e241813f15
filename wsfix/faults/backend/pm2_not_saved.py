"""PM2 keeps the backend, but its saved list does not hold it so: after a reboot it is gone, or the old one is back.

Seen as: nothing, until the next reboot; then 502, or the behaviour of weeks ago.
Told apart: dump.pm2 in PM2_HOME is not there, does not name the application, or holds it with other arguments, another script,
mode or number of processes, or another value of a variable that the site or its ecosystem file names.
Changed: `pm2 save`, as the daemon's user. It writes the whole list: where an application is saved and not kept now, it would be
forgotten, so that is done only with consent. A rollback puts the old list back byte for byte.
Source: PM2, "Startup Script" (pm2 save, dump.pm2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wsfix.faults.backend.ours import Ours, ours
from wsfix.faults.backend.restarting import forgotten, save_anyway
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS520", "pm2-not-saved", Hop.BACKEND, Safety.SAFE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where what runs is not what would be started after a boot."""
    held = ours(seen)
    if not held.application.running:
        return
    lost = forgotten(held)
    why = _why(held)
    if not why:
        return
    evidence = [Evidence(f"{held.home}/dump.pm2", why)]
    if lost:
        evidence.append(Evidence(f"{held.home}/dump.pm2", f"it holds {', '.join(lost)}, which PM2 does not keep now"))
    yield FAULT.finding(
        f"{held.name} would not come back as it runs after a reboot",
        *evidence,
        severity=Severity.WARNING,
        safety=Safety.CONFIRM if lost else Safety.SAFE,
    )


def _why(held: Ours) -> str:
    saved = held.saved
    if not saved.exists:
        return "there is no saved list"
    if held.name not in saved.names:
        return f"{held.name} is not in it; it holds {', '.join(saved.names) or 'nothing'}"
    differs = saved.differs.get(held.name, "")
    return f"{held.name} is saved otherwise than it runs: {differs}" if differs else ""


def cure(seen: Seen, _finding: Finding) -> Iterator[Action]:
    """Save the list."""
    action = save_anyway(seen, FAULT.code)
    lost = forgotten(ours(seen))
    yield replace(action, title=f"{action.title}, forgetting {', '.join(lost)}") if lost else action
