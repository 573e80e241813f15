"""Old workers of nginx hold sockets long after a reload.

Seen as: memory grows with each reload; open sockets go on by the old configuration; ports and files run short.
Told apart: processes titled `worker process is shutting down`, an hour and more after the last load. For a while after a reload that
is as it should be: they finish what they have.
Changed: `worker_shutdown_timeout` is set to an hour, with consent, since the sockets of later old workers end then. Those that
shut down now go on by their own configuration.
Source: ngx_core_module, worker_shutdown_timeout; nginx, "Controlling nginx".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.capacity.running_out import capacity
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS438", "nginx-reload-old-workers", Hop.PROXY, Safety.CONFIRM)
HOUR = 3600.0
GENERATIONS = 4
"""So many generations of workers at once are a host that is reloaded again and again."""


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where old workers outlive their time, or are many."""
    proxy, room = seen.proxy, seen.nginx.room
    if not proxy.old_workers or proxy.newest_worker is None or room.shutdown_seconds is not None:
        return
    age = seen.inside.clock - proxy.newest_worker
    each = room.workers or capacity(seen).processors or 1
    many = proxy.old_workers >= GENERATIONS * each
    if age < HOUR and not many:
        return
    yield FAULT.finding(
        f"{proxy.old_workers} old workers of nginx still hold sockets, {_words(age)} after the last load",
        Evidence("nginx", f"{proxy.old_workers} times `worker process is shutting down`"),
        severity=Severity.WARNING if many else Severity.NOTE,
        safety=Safety.CONFIRM if many else Safety.ADVICE,
        advice="Where that is too long, set `worker_shutdown_timeout 1h;` beside worker_processes: sockets end then, and come back.",
    )


def _words(age: float) -> str:
    return f"{age / HOUR:.0f} h" if age >= HOUR else f"{age / 60:.0f} min"


def cure(seen: Seen, finding: Finding) -> Iterator[Config]:
    """Give old workers an hour."""
    if finding.safety is Safety.CONFIRM:
        yield seen.nginx.set_main("worker_shutdown_timeout", "1h")
