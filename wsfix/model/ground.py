"""What a host has of all that provisioning would give it, seen in one command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Asked:
    """What to look for."""

    packages: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    """Whatever only has to be there."""
    files: tuple[str, ...] = ()
    """Whole files that wsfix makes; of one that somebody else made only the digest is read."""
    links: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    """Whose entries are listed."""
    releases: tuple[str, ...] = ()
    """Directories with a list of digests beside them."""
    environments: tuple[str, ...] = ()
    """What an application is run with: finished, and usable with the host's own Python."""
    units: tuple[str, ...] = ()
    applications: tuple[tuple[str, str, str], ...] = ()
    """PM2: user, name and PM2_HOME; empty for `.pm2` in the user's home."""


@dataclass(frozen=True, slots=True)
class User:
    """A user of the host."""

    name: str
    group: str
    home: str


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that is there."""

    path: str
    sha256: str
    content: bytes | None = field(default=None, repr=False)
    """None where wsfix did not make it."""


@dataclass(frozen=True, slots=True)
class Application:
    """An application of PM2, by the files that PM2 keeps: nothing of PM2 is started to learn this."""

    runs: bool = False
    saved: bool = False
    daemon: bool = False
    """Whether its user's PM2 runs at all."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A host, as far as provisioning asks."""

    root: bool
    distribution: str
    """ID of os-release(5)."""
    version: str
    systemd: bool = True
    ssh_port: int | None = None
    """The port of the very connection that asked; None where it was no SSH."""
    absent: frozenset[str] = frozenset()
    """Packages that are not installed."""
    users: Mapping[str, User] = field(default_factory=dict)
    present: frozenset[str] = frozenset()
    """Paths that are there, releases that are whole, environments that are finished."""
    edited: Mapping[str, str] = field(default_factory=dict)
    """Release → the first file that is not what was laid there."""
    files: Mapping[str, HeldFile] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    active: frozenset[str] = frozenset()
    """Units that run."""
    enabled: frozenset[str] = frozenset()
    """Units that start at boot."""
    applications: Mapping[tuple[str, str], Application] = field(default_factory=dict)
