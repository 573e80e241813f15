"""nginx ends the sockets of old workers soon after each reload.

Seen as: all clients lose their socket with 1006 at once, some seconds after somebody reloaded nginx: after each certificate,
each deployment.
Told apart: `worker_shutdown_timeout` is set, and shorter than the site wants a silent socket to live.
Changed: nothing; somebody chose that. A note with the line.
Source: ngx_core_module, worker_shutdown_timeout.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS444", "nginx-worker-shutdown-timeout", Hop.PROXY, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the time is shorter than sockets are to live."""
    room = seen.nginx.room
    if room.shutdown_seconds is None or room.shutdown_position is None:
        return
    if room.shutdown_seconds >= seen.site.idle_or_default:
        return
    yield FAULT.finding(
        f"every reload of nginx ends all open sockets after {room.shutdown_seconds:g} s",
        seen.at(room.shutdown_position),
        severity=Severity.NOTE,
        advice=f"Give it `{seen.site.idle_or_default}s`, or reload at quiet times; clients must come back by themselves.",
    )
