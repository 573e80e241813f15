"""The control group of a host: it keeps hosts apart from each other, and tells which processes are the lab's."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.lab.machine import LabError

HIERARCHIES: Final = ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup")
PARENT: Final = "wsfix-lab"


def make(lab: str, host: str) -> list[Path]:
    """Make the groups of a host, in each hierarchy that systemd uses, and give the files that take a process in.

    Without groups of their own two hosts would share `system.slice`, and one's `systemctl stop` would end the other's.
    """
    groups = [Path(root, PARENT, lab, host) for root in _roots()]
    for group in groups:
        group.mkdir(parents=True, exist_ok=True)
    return [group / "cgroup.procs" for group in groups]


def end(lab: str, host: str = "", patience: float = 10.0) -> None:
    """End every process of a host (or of the whole lab) and remove its groups."""
    deadline = time.monotonic() + patience
    while pids := _members(lab, host):
        if time.monotonic() > deadline:
            raise LabError(f"processes {sorted(pids)} of lab {lab} do not end; look at them with `ps -p`")
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    for root in _roots():
        _remove(Path(root, PARENT, lab, host))
        for group in (Path(root, PARENT, lab), Path(root, PARENT)):
            with suppress(OSError):  # other hosts and labs are still in it
                group.rmdir()


def _roots() -> list[str]:
    return [root for root in HIERARCHIES if Path(root, "cgroup.procs").exists()]


def _members(lab: str, host: str) -> set[int]:
    found: set[int] = set()
    for root in _roots():
        for group in Path(root, PARENT, lab, host).glob("**/cgroup.procs"):
            with suppress(OSError):  # it went while we looked
                found.update(int(word) for word in group.read_text(encoding="ascii").split())
    return found - {0}


def _remove(group: Path) -> None:
    for below, _, _ in os.walk(group, topdown=False):
        with suppress(OSError):
            os.rmdir(below)  # noqa: PTH106 - a control group holds files that nobody can unlink
