"""The configuration on the disk is right, and Apache still runs with the one before.

Seen as: the old fault goes on after the edit, or after a2ensite or a2enmod; `apache2ctl -S` shows the new state, since
it reads the disk.
Told apart: a file that Apache reads, or the link by which a site or a module is enabled, is younger than Apache's pid
file, which it writes anew at every load of its configuration.
Changed: a graceful reload, after the test passed. Open sockets stay with the old workers.
Source: httpd.apache.org, "Stopping and Restarting Apache HTTP Server" (graceful); mpm_common, PidFile.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Reload
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS491",
    "apache-edited-not-reloaded",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("apache-config-broken", "apache-down"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a loaded file, or the link to it, is younger than the last load."""
    yield from proxying.not_reloaded(FAULT, seen, "last loaded")


def cure(seen: Seen, _finding: Finding) -> Iterator[Reload]:
    """Reload."""
    yield from proxying.reloaded(FAULT, seen)
