"""A unit of systemd, as it was at the look (systemctl(1), systemd.exec(5))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FileAge:
    """A file and when it was last written, seconds since the epoch, by the host's clock."""

    path: str
    modified: float


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A unit as `systemctl show` tells it (systemctl(1))."""

    unit: str
    load: str
    active: str
    sub: str
    result: str
    enabled: str
    """UnitFileState: enabled, disabled, static, masked, or empty where there is no such unit."""
    restarts: int
    main_pid: int
    command: str
    """ExecStart with secrets masked."""
    restart_policy: str
    fragment: str
    environment_files: tuple[str, ...]
    user: str = ""
    working_directory: str = ""
    log: tuple[str, ...] = ()
    """The last lines of its journal, secrets masked."""
    exit_status: int = 0
    """ExecMainStatus: what its last process ended with; 200 and more are systemd's own (systemd.exec(5))."""
    ended: float | None = None
    """When its last process ended, by the host's clock; None where none ended since the boot."""
    ran_seconds: float | None = None
    """How long that process had lived."""
    stopped: bool = False
    """Whether systemd was stopping the unit when that process ended: somebody had it stopped, whatever it ended with.

    A JVM that is told to end ends with 143, which systemd calls a failure, and a process that holds its sockets open is
    killed when its time is up (systemd.service(5), SuccessExitStatus=, TimeoutStopSec=).
    """
    memory_max: int | None = None
    """MemoryMax= in bytes; None where there is no limit."""
    files_limit: int | None = None
    """LimitNOFILE=, the soft limit."""
    lost_files: tuple[str, ...] = ()
    """Files of EnvironmentFile= that are not there."""
    optional_files: tuple[str, ...] = ()
    """Files of EnvironmentFile= that may be missing: they are written with a dash before them."""
    private_network: bool = False
    """PrivateNetwork=: it has a network of its own, in which nobody reaches it."""
    address_families: tuple[str, ...] = ()
    """RestrictAddressFamilies=, where it is a list of what is allowed; empty where everything is."""
    kind: str = ""
    """Type=: simple, exec, notify, forking and others; how systemd knows that it has started."""
    sockets: Mapping[str, str] = field(default_factory=dict)
    """Socket units that start it when somebody connects (systemd.socket(5)), and whether they are enabled."""
    newest: FileAge | None = None
    """The youngest program text in its working directory; None where none was found."""

    @property
    def running(self) -> bool:
        """Whether its process is up."""
        return self.active == "active" and self.sub == "running"
