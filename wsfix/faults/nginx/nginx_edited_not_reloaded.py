"""The configuration on the disk is right, and nginx still runs with the one before.

Seen as: the old fault goes on after the edit; `nginx -T` shows the new lines, since it reads the disk.
Told apart: a file that nginx reads is younger than its youngest worker.
Changed: a graceful reload, after the test passed. Open sockets stay on the old workers.
Source: nginx.org, "Controlling nginx" (changing configuration).
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
    "WS450", "nginx-edited-not-reloaded", Hop.PROXY, Safety.SAFE, explained_by=("nginx-config-broken", "nginx-down")
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a loaded file, or the link to it, is younger than the youngest worker."""
    yield from proxying.not_reloaded(FAULT, seen, "youngest worker started")


def cure(seen: Seen, _finding: Finding) -> Iterator[Reload]:
    """Reload."""
    yield from proxying.reloaded(FAULT, seen)
