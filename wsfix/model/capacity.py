"""What a host has room for: open files, ports, tracked connections, memory and disk; and what follows for sockets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Handles:
    """A process's limit of open files, and how many it has open (proc(5), /proc/pid/limits)."""

    pid: int
    name: str
    soft: int | None = None
    """None where it is unlimited or was not seen."""
    open: int | None = None
    """None where it may not be read."""


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system, in kilobytes."""

    path: str
    """Where it is mounted."""
    size: int
    free: int
    """For those who are not root."""

    @property
    def full(self) -> bool:
        """Whether nothing more can be written to it."""
        return self.size > 0 and self.free <= 0


@dataclass(frozen=True, slots=True)
class KernelLine:
    """One line of the kernel's log."""

    text: str
    age: float | None = None
    """Seconds before the look."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """The limits of a host, and how much of them is used; what is None was not seen."""

    handles: Mapping[int, Handles] = field(default_factory=dict)
    """Of the processes that listen, and of the proxy's."""
    processors: int | None = None
    ports: tuple[int, int] | None = None
    """First and last port for outgoing connections (ip(7), ip_local_port_range)."""
    tracked: tuple[int, int] | None = None
    """Connections that the packet filter tracks, and how many it may; None where it tracks none."""
    memory: tuple[int, int] | None = None
    """Kilobytes in all, and available."""
    disks: tuple[Disk, ...] = ()
    peers: Mapping[int, int] = field(default_factory=dict)
    """Connections of any state to each far port, where there are many."""
    addresses: tuple[str, ...] = ()
    """The host's own addresses."""
    kernel: tuple[KernelLine, ...] | None = None
    """Lines of the kernel's log about memory, connections and disks; None where it may not be read."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One limit, in sockets that clients can hold open at once."""

    sockets: int
    name: str
    """The limit by its own name: `worker_connections`."""
    why: str
    """How the number comes about."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many sockets a site's host can hold at once: the tightest bound counts."""

    bounds: tuple[Bound, ...]
    """The tightest first."""

    @property
    def sockets(self) -> int:
        """The number that the host can hold."""
        return self.bounds[0].sockets
