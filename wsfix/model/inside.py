"""What was seen of a host from inside, in one look; nothing here holds a secret's value."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from wsfix.errors import NotObserved
from wsfix.model.application import Source
from wsfix.model.capacity import Capacity
from wsfix.model.firewall import Firewall, Rule
from wsfix.model.logs import ProxyLogs
from wsfix.model.pm2 import Pm2
from wsfix.model.supervisor import Supervised
from wsfix.model.unit import FileAge, ServiceState

__all__ = [
    "EnvFile",
    "EnvLine",
    "FileAge",
    "FileSeen",
    "Firewall",
    "Inside",
    "LinkSeen",
    "Listener",
    "OpenTransaction",
    "Process",
    "ProxyState",
    "Rule",
    "SeLinux",
    "ServiceState",
    "UnixSocket",
]

T = TypeVar("T")


def drop_in_of(unit: str) -> str:
    """Return the drop-in in which wsfix words another command for a unit; its name is read after all others."""
    return f"/etc/systemd/system/{unit}.d/zz-wsfix-command.conf"


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A regular file of the host as it was at the look."""

    path: str
    content: bytes = field(repr=False)
    """The bytes; of a masked file the lines as the host masked them, never the secrets."""
    mode: int
    owner: str
    group: str
    modified: float
    """Seconds since the epoch, by the host's clock."""
    sha256: str
    """Of the bytes on the host, also where `content` is masked."""
    links: int = 1
    masked: bool = False


@dataclass(frozen=True, slots=True)
class LinkSeen:
    """A symbolic link of the host."""

    target: str
    modified: float
    """When it was made, seconds since the epoch, by the host's clock."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process that listens, or that runs the proxy."""

    pid: int
    name: str
    command: str
    """The command line with secrets masked."""
    cwd: str
    exe: str
    user: str
    unit: str | None
    """The systemd unit of its control group; `session-N.scope` when it was started by hand."""
    started: float
    """Seconds since the epoch, by the host's clock."""
    env_digests: Mapping[str, str] = field(default_factory=dict)
    """Salted digests of the variables that a site names; the values never leave the host."""
    libraries: frozenset[str] | None = None
    """Which of the libraries that matter for sockets its virtual environment holds; None where it runs in none."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A TCP socket in LISTEN."""

    address: str
    """As ss prints it: 127.0.0.1, 0.0.0.0, ::1, :: or * (both families); the path of a unix socket, with port 0."""
    port: int
    pids: tuple[int, ...] = ()

    @property
    def public(self) -> bool:
        """Whether it takes connections from other machines."""
        return not (self.address.startswith(("127.", "/")) or self.address in {"::1", "[::1]"})

    def takes(self, host: str) -> bool:
        """Whether a connection from this host itself to `host` reaches this socket."""
        if self.address in {"*", "::"}:
            return True
        if self.address == "0.0.0.0":  # noqa: S104
            return ":" not in host
        return self.address == host


@dataclass(frozen=True, slots=True)
class UnixSocket:
    """A path that the proxy's configuration names as `unix:…`."""

    path: str
    kind: str
    """socket, other or absent."""
    mode: int = 0
    owner: str = ""
    group: str = ""
    listening: bool = False
    """Whether somebody of this network namespace listens there (proc(5), /proc/net/unix)."""
    pids: tuple[int, ...] = ()
    """Who does."""
    opener: str = ""
    """The user of the proxy's workers; empty where none runs."""
    opens: bool | None = None
    """Whether that user may write to it, which connect(2) asks for; None where that could not be tried."""


@dataclass(frozen=True, slots=True)
class ServerHealth:
    """What HAProxy holds of one server of a backend."""

    backend: str
    name: str
    status: str
    """UP, DOWN, MAINT, `no check` and the like."""
    reason: str
    """What the last health check said, such as `Layer7 wrong status`."""
    code: str
    """The HTTP status that the check was answered, where it was."""
    source: str
    """`show stat` of the stats socket, or `the log`."""

    @property
    def down(self) -> bool:
        """Whether it gets no requests since its check fails."""
        return self.status.startswith("DOWN")


@dataclass(frozen=True, slots=True)
class ProxyState:
    """The proxy's program on the host."""

    kind: str
    version: str
    config_path: str
    test_passed: bool | None
    """None where the test could not be run."""
    test_output: str
    """Secrets masked."""
    master: Process | None
    newest_worker: float | None
    """When the youngest worker that still accepts was started; it read the configuration of that moment. Apache forks
    workers at any time and writes its pid file anew at every load: there it is that file's time."""
    old_workers: int = 0
    """Workers that are shutting down and still hold sockets."""
    modules: tuple[str, ...] = ()
    """Apache: the modules that are loaded, without `_module` (httpd(8), -M); empty where that could not be asked."""
    more: tuple[str, ...] = ()
    """HAProxy: the files and folders of its command line behind the first."""
    servers: tuple[ServerHealth, ...] | None = None
    """HAProxy: the health of its servers; None where nothing tells it."""
    capacity: tuple[int, int] | None = None
    """HAProxy: the connections that it holds, and `maxconn`, how many it takes; None where that was not seen."""


@dataclass(frozen=True, slots=True)
class EnvLine:
    """One line of an env file; a value that is not named as public is only a digest."""

    number: int
    key: str | None
    """None for a comment or an empty line."""
    digest: str | None
    value: str | None
    """Given only for keys whose value the inventory itself writes out, and for lists of hosts and origins."""


@dataclass(frozen=True, slots=True)
class EnvFile:
    """An env file of a backend, its secrets left on the host."""

    path: str
    exists: bool
    lines: tuple[EnvLine, ...] = ()
    sha256: str | None = None
    mode: int = 0o640
    owner: str = "root"
    group: str = "root"
    modified: float = 0.0
    """Seconds since the epoch, by the host's clock."""

    def last(self, key: str) -> EnvLine | None:
        """The line that counts for a key: the last one wins (systemd.exec(5), EnvironmentFile=)."""
        return next((line for line in reversed(self.lines) if line.key == key), None)


@dataclass(frozen=True, slots=True)
class OpenTransaction:
    """A transaction that neither was confirmed nor undone, or one that runs right now."""

    id: str
    owner: str
    started: float
    state: str


@dataclass(frozen=True, slots=True)
class SeLinux:
    """What SELinux lets web servers do (selinux(8), httpd_selinux(8))."""

    enforcing: bool
    may_connect: bool | None = None
    """Whether a web server may connect to any port; None where there is no such boolean."""


@dataclass(frozen=True, slots=True)
class Inside:
    """Everything that was seen of one host, at one moment."""

    host: str
    clock: float
    """The host's own time at the look, seconds since the epoch."""
    release: str = ""
    salt: str = ""
    files: Mapping[str, FileSeen] | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    """Symbolic link → its target."""
    linked: Mapping[str, float] = field(default_factory=dict)
    """Symbolic link → when it was made: a site or a module that is enabled."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Private key file → SHA-256 of its public key."""
    listeners: tuple[Listener, ...] | None = None
    unix: Mapping[str, UnixSocket] | None = None
    """Path → the socket there, of those that the proxy's configuration names."""
    processes: Mapping[int, Process] | None = None
    services: Mapping[str, ServiceState] | None = None
    pm2: Pm2 | None = None
    proxy: ProxyState | None = None
    firewall: Firewall | None = None
    env: Mapping[str, EnvFile] | None = None
    sources: Mapping[str, Source] | None = None
    """Texts of the application and of its page, as far as a site names where they lie."""
    ssh_port: int | None = None
    """The port of the very connection by which the host was looked at; None where it was none of SSH."""
    addresses: frozenset[str] | None = None
    """The addresses that the host's own interfaces have, loopback among them."""
    selinux: SeLinux | None = None
    sockets: Mapping[int, int] | None = None
    """Established connections to each local port."""
    capacity: Capacity | None = None
    """What the host has room for."""
    logs: ProxyLogs | None = None
    """What the proxy's logs say of room, of rights, and of the sites' own paths."""
    supervised: tuple[Supervised, ...] | None = None
    """The programs that supervisor keeps; empty where it is not installed."""
    transaction: OpenTransaction | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    """What could not be seen, and why."""

    def digest(self, value: str) -> str:
        """The digest that a value has on this host in this look."""
        return hashlib.sha256((self.salt + value).encode()).hexdigest()

    def known(self, what: str, value: T | None) -> T:
        """Return the value, or raise NotObserved where that part of the host was not seen."""
        if value is None:
            raise NotObserved(what, self.missing.get(what) or self.missing.get("root", ""))
        return value
