"""The configuration on the disk is right, and nginx still runs with the one before.

Seen as: the old fault goes on after the edit; `nginx -T` shows the new lines, since it reads the disk.
Told apart: a file that nginx reads is younger than its youngest worker.
Changed: a graceful reload, after the test passed. Open sockets stay on the old workers.
Source: nginx.org, "Controlling nginx" (changing configuration).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Reload
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS450", "nginx-edited-not-reloaded", Hop.PROXY, Safety.SAFE, explained_by=("nginx-config-broken", "nginx-down")
)
SLACK_SECONDS = 0.5
"""Process times come in hundredths of a second and some file systems keep whole seconds."""


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a loaded file, or the link to it, is younger than the youngest worker."""
    started = seen.proxy.newest_worker
    if started is None:
        return
    edited = [(seen_file.modified, path) for path in seen.nginx.loaded if (seen_file := seen.file(path))]
    modified, path = max(edited, default=(0.0, ""))
    if modified <= started + SLACK_SECONDS:
        return
    yield FAULT.finding(
        f"{path} was edited after nginx last read its configuration: what runs is not what lies on the disk",
        Evidence(path, f"modified {_time(modified)}"),
        Evidence("nginx", f"youngest worker started {_time(started)}"),
        severity=Severity.WARNING if seen.works_through_proxy else Severity.ERROR,
        subject=path,
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def cure(seen: Seen, _finding: Finding) -> Iterator[Reload]:
    """Reload."""
    if seen.proxy.test_passed:
        yield Reload((FAULT.code,))
