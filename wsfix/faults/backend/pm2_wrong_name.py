"""The name that everybody types is not the one that PM2 knows.

Seen as: `pm2 restart` says `Process or Namespace … not found`, and a repair that was "applied" changed nothing.
Told apart: the daemon does not know the site's name, and keeps another application that listens on the backend's port, or that
its ecosystem file declares for it.
Changed: nothing; the discovered name belongs into the inventory.
Source: PM2, "Managing Applications".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.pm2 import declared
from wsfix.faults.backend.ours import Ours, ours
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.pm2 import Application

FAULT = Fault("WS526", "pm2-wrong-name", Hop.BACKEND, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where another name is surely meant."""
    held = ours(seen)
    if held.daemon is None or held.applications:
        return
    found = _listening(seen, held) or _of_file(held)
    if found is None:
        return
    app, why = found
    yield FAULT.finding(
        f"{held.user}'s PM2 knows no {held.name}; it is named {app.name} there",
        Evidence(f"pm2 jlist of {held.user}", ", ".join(dict.fromkeys(one.name for one in held.everything))),
        Evidence(app.name, why),
        severity=seen.severity,
        advice=f'Write service.name = "{app.name}" in the inventory.',
    )


def _listening(seen: Seen, held: Ours) -> tuple[Application, str] | None:
    if seen.site.backend is None:
        return None
    pids = {pid for listener in seen.listening for pid in listener.pids}
    for app in held.everything:
        if app.pid in pids:
            return app, f"pid {app.pid} listens on {seen.backend.words}"
    return None


def _of_file(held: Ours) -> tuple[Application, str] | None:
    text = held.pm2.ecosystems.get(held.file)
    names = {one.word("name") for one in declared(text)} if text else set()
    known = [app for app in held.everything if app.name in names]
    if held.name in names or len({app.name for app in known}) != 1:
        return None
    return known[0], f"{held.file} declares it"
