"""How many sockets a site's host can hold at once, by the limits that were seen; what was not seen gives no bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wsfix.errors import CannotEdit, NotObserved, UnreadableConfig
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.capacity import Bound, Estimate

OWN_FILES = 32
"""What a server has open beside its sockets: logs, libraries, pipes, listeners."""


def estimate(seen: Seen) -> Estimate | None:
    """Return the bounds, the tightest first; None where the host was not looked at, or gave none."""
    if seen.observation.inside is None:
        return None
    bounds: list[Bound] = []
    for rule in (_nginx, _apache, _backend, _ports, _tracked):
        bounds += _asked(rule, seen)
    return Estimate(tuple(sorted(bounds, key=lambda bound: bound.sockets))) if bounds else None


def _asked(rule: Callable[[Seen], Iterator[Bound]], seen: Seen) -> list[Bound]:
    try:
        return list(rule(seen))
    except (NotObserved, NotApplicable, UnreadableConfig, CannotEdit):
        return []


def _nginx(seen: Seen) -> Iterator[Bound]:
    """Each socket takes two connections of a worker, and as many files (ngx_core_module, worker_connections)."""
    room = seen.nginx.room
    capacity = seen.inside.capacity
    workers = room.workers or (capacity.processors if capacity else None) or 1
    many = f"{workers} worker{'' if workers == 1 else 's'}"
    yield Bound(
        room.connections * workers // 2,
        "worker_connections",
        f"{room.connections} for each of {many}, two for a socket ({room.position})",
    )
    limits = [one.soft for one in (capacity.handles if capacity else {}).values() if one.name == "nginx" and one.soft]
    files = room.files or min(limits, default=None)
    if files is not None:
        name = "worker_rlimit_nofile" if room.files else "open files of nginx"
        yield Bound(max(0, files - OWN_FILES) * workers // 2, name, f"{files} for each of {many}, two for a socket")


def _apache(seen: Seen) -> Iterator[Bound]:
    """Each socket takes a worker for as long as it is open (mpm_common, MaxRequestWorkers)."""
    room = seen.apache.room
    if room is not None:
        place = f" ({room.position})" if room.position else ", by default"
        yield Bound(room.requests, "MaxRequestWorkers", f"one for a socket{place}")


def _backend(seen: Seen) -> Iterator[Bound]:
    """Each socket is an open file of a process that listens (getrlimit(2), RLIMIT_NOFILE)."""
    handles = seen.inside.known("capacity", seen.inside.capacity).handles
    pids = sorted({pid for listener in seen.listening for pid in listener.pids})
    limits = [handles[pid].soft for pid in pids if pid in handles]
    known = [limit for limit in limits if limit is not None]
    if not known or len(known) < len(limits):
        return
    serving = max(1, len(known) - 1)  # of several processes the first only keeps the others
    many = f" for each of {serving} processes" if serving > 1 else ""
    yield Bound(
        max(0, min(known) - OWN_FILES) * serving,
        "open files of the backend",
        f"{min(known)}{many}, one for a socket (LimitNOFILE=)",
    )


def _ports(seen: Seen) -> Iterator[Bound]:
    """Each socket needs a port of its own towards one address of the backend (ip(7), ip_local_port_range)."""
    ports = seen.inside.known("capacity", seen.inside.capacity).ports
    upstream = seen.proxied.upstream
    if ports is not None and upstream is not None and upstream.socket is None:
        count = ports[1] - ports[0] + 1
        yield Bound(count, "local ports", f"{ports[0]} to {ports[1]} towards {upstream.address}")


def _tracked(seen: Seen) -> Iterator[Bound]:
    """Each socket is tracked from outside and once more on loopback (nf_conntrack-sysctl)."""
    tracked = seen.inside.known("capacity", seen.inside.capacity).tracked
    if tracked is not None and tracked[1]:
        yield Bound(tracked[1] // 2, "nf_conntrack_max", f"{tracked[1]}, two for a socket")
