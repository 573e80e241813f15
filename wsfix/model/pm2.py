"""PM2 on a host: whose daemons run, what they keep, what they would start again after a boot; no value of an environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

BY_HAND_SECONDS = 2.0
"""A restart by hand ends the old process first, for 1.6 s at most (kill_timeout), and then starts the new one."""


@dataclass(frozen=True, slots=True)
class Application:
    """One process that a PM2 daemon keeps, as `pm2 jlist` tells it; in cluster mode there are several of one name."""

    name: str
    id: int
    pid: int
    """0 while it is stopped, or between two deaths."""
    status: str
    """online, launching, stopping, stopped, errored, or `waiting restart`."""
    restarts: int = 0
    """Since it was first started; a restart by hand counts, too."""
    unstable: int = 0
    """Deaths within `min_uptime` of a start; 0 again once PM2 has given up."""
    mode: str = "fork_mode"
    interpreter: str = ""
    script: str = ""
    args: str = ""
    """With secrets masked."""
    cwd: str = ""
    started: float = 0.0
    """Seconds since the epoch, by the host's clock."""
    ordered: float = 0.0
    """When somebody last had it started or restarted (`created_at`); 0 where PM2 does not say, or has given up."""
    watch: bool = False
    env_digests: Mapping[str, str] = field(default_factory=dict)
    """Salted digests of the variables that a site or its ecosystem file names, as its process has them."""
    error_log: str = ""
    log: tuple[str, ...] = ()
    """The last lines of its error log, secrets masked; empty where they are much older than its last start."""

    @property
    def running(self) -> bool:
        """Whether its process is up now."""
        return self.status == "online" and self.pid > 0

    @property
    def revived(self) -> bool:
        """Whether PM2 itself started it again after a death; nobody asked for this start, as far as it says."""
        return self.restarts > 0 and not 0 <= self.started - self.ordered < BY_HAND_SECONDS

    @property
    def command(self) -> str:
        """What it runs, with secrets masked."""
        words = (self.interpreter if self.interpreter != "none" else "", self.script, self.args)
        return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class Daemon:
    """A living PM2 daemon, found by the title of its process (`PM2 v7.0.4: God Daemon (/root/.pm2)`)."""

    pid: int
    user: str
    home: str
    """Its PM2_HOME."""
    version: str
    unit: str = ""
    """The systemd unit of its control group; `session-N.scope` where a person started it."""
    program: str = ""
    """The pm2 that belongs to it; empty where none was found."""
    descendants: frozenset[int] = frozenset()
    applications: tuple[Application, ...] | None = None
    """None where it could not be asked."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The list that `pm2 resurrect` starts at boot: dump.pm2 in PM2_HOME, as `pm2 save` writes it."""

    home: str
    exists: bool
    names: tuple[str, ...] = ()
    differs: Mapping[str, str] = field(default_factory=dict)
    """Application that runs and is saved → what of it runs otherwise than it is saved."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where the daemon of a user has its home, whether it runs or not, and the pm2 that this user would call."""

    user: str
    home: str
    program: str = ""


@dataclass(frozen=True, slots=True)
class Pm2:
    """Everything of PM2 that was seen on a host."""

    daemons: tuple[Daemon, ...] = ()
    saved: Mapping[str, Saved] = field(default_factory=dict)
    """By PM2_HOME; one that could not be read is not in it."""
    wanted: tuple[Wanted, ...] = ()
    ecosystems: Mapping[str, str | None] = field(default_factory=dict)
    """Path → its text without comments, each value of an `env` as a digest; None where it is not there or not readable."""
