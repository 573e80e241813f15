"""The configuration on the disk is right, and the proxy still runs with the one before.

Seen as: the old fault goes on after the edit; the proxy's own test passes, since it reads the disk.
Told apart: a file that the proxy reads, or the link to it, is younger than its last load.
Changed: a reload, after the test passed. HAProxy's old process keeps its sockets; Caddy closes them, so that a reload with
people connected waits for consent (caddy-reload-drops).
Source: caddyserver.com/docs/conventions (autosave.json is what was loaded last); HAProxy Management Guide, "Stopping and
restarting HAProxy".
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
    "WS471", "proxy-edited-not-reloaded", Hop.PROXY, Safety.SAFE, explained_by=("proxy-config-broken", "proxy-down")
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a loaded file, or the link to it, is younger than the last load."""
    yield from proxying.not_reloaded(FAULT, seen, "last loaded")


def cure(seen: Seen, _finding: Finding) -> Iterator[Reload]:
    """Reload."""
    yield from proxying.reloaded(FAULT, seen)
