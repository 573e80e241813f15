"""A host with room for all that asks: its limits, its logs, and what supervisor keeps; a case says what differs."""

from __future__ import annotations

from typing import Any

from wsfix.model.capacity import Capacity, Disk, Handles, KernelLine
from wsfix.model.inside import FileAge, ServiceState
from wsfix.model.logs import LogLine, ProxyLogs, Request
from wsfix.model.site import Site
from wsfix.model.supervisor import Supervised

CLOCK = 1500.0
HANDLES = {"1": ["nginx", 1024, 15], "2": ["nginx", 1024, 20], "20": ["uvicorn", 1024, 18]}


def sockets(said: dict[str, Any], *, quiet: bool = False) -> dict[int, int]:
    """Return the established connections to each port; a quiet proxy has none."""
    usual = {"443": 0 if quiet else 3, "8000": 2}
    return {int(port): count for port, count in said.get("sockets", usual).items()}


def capacity(said: dict[str, Any]) -> Capacity | None:
    """Return the limits; `false` is a host where they were not seen."""
    held = said.get("capacity", {})
    if held is False:
        return None
    handles = {**HANDLES, **held.get("handles", {})}
    kernel = held.get("kernel", [])
    return Capacity(
        handles={int(pid): Handles(int(pid), name, soft, used) for pid, (name, soft, used) in handles.items()},
        processors=held.get("processors", 2),
        ports=tuple(held.get("ports", [32768, 60999])),
        tracked=tuple(held.get("tracked", [40, 262144])),
        memory=(2048000, 1024000),
        disks=tuple(Disk(path, size, free) for path, size, free in held.get("disks", [["/", 20480000, 10240000]])),
        peers={int(port): count for port, count in held.get("peers", {}).items()},
        addresses=tuple(held.get("addresses", ["127.0.0.1", "::1", "192.0.2.10"])),
        kernel=None if kernel is None else tuple(KernelLine(text, age) for text, age in kernel),
    )


def logs(said: dict[str, Any], site: Site) -> ProxyLogs | None:
    """Return the proxy's logs; of requests a case says age, client, status and how many, and perhaps the path."""
    held = said.get("logs", {})
    if held is False:
        return None
    folder = "/var/log/apache2" if site.proxy.kind == "apache" else "/var/log/nginx"
    requests = [
        Request(CLOCK - age - number * 0.5, client, (*path, site.path)[0], status, f"{folder}/access.log")
        for age, client, status, count, *path in held.get("requests", [])
        for number in range(count)
    ]
    errors = tuple(LogLine(f"{folder}/error.log", text, CLOCK - age) for age, text in held.get("errors", []))
    return ProxyLogs(errors, tuple(requests), (f"{folder}/error.log", f"{folder}/access.log"))


def supervised(said: dict[str, Any]) -> tuple[Supervised, ...] | None:
    """Return the programs of supervisor."""
    return tuple(Supervised(**one) for one in said.get("supervised", []))


def unit(words: dict[str, Any]) -> ServiceState:
    """Return a unit by its words."""
    newest = words.get("newest")
    lists = {key: tuple(words.get(key, ())) for key in ("lost_files", "optional_files", "log", "environment_files")}
    return ServiceState(**{**words, **lists, "newest": FileAge(*newest) if newest else None})
