"""Whether the proxy that takes the site's port runs in a container, as far as the host itself shows it."""

from __future__ import annotations

from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence
from wsfix.model.inside import Process

_FORWARDERS = frozenset({"docker-proxy", "rootlessport", "conmon"})
_SCOPES = ("docker-", "libpod-", "cri-containerd-", "crio-")


def container(seen: Seen) -> Evidence | None:
    """Return what shows it: the port is held by a container's forwarder, or by a process in a container's group."""
    processes = seen.inside.known("processes", seen.inside.processes)
    for pid in (pid for listener in seen.listeners(seen.site.port) for pid in listener.pids):
        process = processes.get(pid)
        if process is not None and _of_container(process):
            return Evidence(f"pid {pid} on port {seen.site.port}", process.command or process.name)
    return None


def _of_container(process: Process) -> bool:
    return process.name in _FORWARDERS or (process.unit or "").startswith(_SCOPES)
