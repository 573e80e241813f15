"""The application is kept by the PM2 of another user, or of another PM2_HOME, than the site names.

Seen as: `pm2 ls` shows nothing, and what is repaired there changes nothing; or two daemons fight for one port.
Told apart: each daemon is found by the title of its process and asked as its own user: one that the site does not name keeps
an application of that name.
Changed: nothing; which of the two is meant is not for wsfix to say.
Source: PM2, "Daemon, RPC and event system" (PM2_HOME).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.ours import Ours, ours
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.pm2 import Application, Daemon

FAULT = Fault("WS522", "pm2-wrong-user-daemon", Hop.BACKEND, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where another daemon keeps an application of this name."""
    held = ours(seen)
    for daemon in held.pm2.daemons:
        if daemon == held.daemon:
            continue
        for app in daemon.applications or ():
            if app.name == held.name:
                yield _finding(seen, held, daemon, app)
                break


def _finding(seen: Seen, held: Ours, daemon: Daemon, app: Application) -> Finding:
    twice = bool(held.applications)
    own = f"{held.user}'s PM2 ({held.home})"
    word = f'service.user = "{daemon.user}", service.home = "{daemon.home}"'
    return FAULT.finding(
        f"{held.name} is kept by {daemon.user}'s PM2 ({daemon.home})"
        + (f" and by {own}" if twice else f", not by {own}"),
        Evidence(f"pm2 jlist of {daemon.user}", f"{app.name}: {app.status}, pid {app.pid}, {app.restarts} restarts"),
        Evidence(
            f"daemon {daemon.pid}", f"PM2 v{daemon.version}: God Daemon ({daemon.home}), in {daemon.unit or 'no unit'}"
        ),
        severity=Severity.WARNING if twice else seen.severity,
        advice=(
            f"If the site belongs to {daemon.user}, write {word} in the inventory; else, as {daemon.user}, "
            f"`pm2 delete {held.name} && pm2 save`."
        ),
        subject=daemon.home,
    )
