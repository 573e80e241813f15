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


def end(lab: str, host: str = "", patience: float = 60.0) -> None:
    """End every process of a host (or of the whole lab) and remove its groups.

    What was killed while it wrote to a busy disk ends only when the disk has answered.
    """
    deadline = time.monotonic() + patience
    while pids := _members(lab, host):
        if time.monotonic() > deadline:
            raise LabError(f"processes of lab {lab} do not end: {'; '.join(map(_described, sorted(pids)))}")
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


def _described(pid: int) -> str:
    """Number, name and state of a process, and where in the kernel it waits (proc(5))."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        waits = Path(f"/proc/{pid}/wchan").read_text(encoding="ascii")
    except OSError:
        return f"{pid} (just gone)"
    name, _, rest = stat.rpartition(")")
    return f"{name}) {rest.split()[0]} in {waits}"


def _remove(group: Path) -> None:
    for below, _, _ in os.walk(group, topdown=False):
        with suppress(OSError):
            os.rmdir(below)  # noqa: PTH106 - a control group holds files that nobody can unlink
