"""The state: what is written down about running labs, so that another process can find, use or sweep them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.lab import machine


@dataclass(frozen=True)
class Process:
    """A process that can't be mistaken for a later one with the same number."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process that has this number now."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else cls(pid, int(fields[19]))

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return Process.of(self.pid) == self


@dataclass(frozen=True)
class HostCard:
    """How to reach one running host, and what it serves."""

    lab: str
    name: str
    release: int
    address4: str
    address6: str
    ssh_port: int
    user: str
    key: str
    known_hosts: str
    sudo_password_file: str | None
    site: str
    shop: str
    ca: str
    system: str | None = "chat"

    @property
    def origin(self) -> str:
        """The origin of the pages that may open the WebSocket."""
        return f"https://{self.site}"

    def secret_file(self, name: str) -> str:
        """The file on this machine that holds one of the site's secrets."""
        return str(Path(self.key).parent / "hosts" / self.name / "secrets" / name)

    def secret(self, name: str) -> str:
        """One of the site's secrets."""
        return Path(self.secret_file(name)).read_text(encoding="utf-8").strip()


@dataclass(frozen=True)
class LabCard:
    """One lab: its network, the boot of this machine it belongs to, and the process it lives and dies with.

    A lab without an owner is a kept one: it stays until `down`, or until this machine boots again.
    """

    lab: str
    subnet4: str
    subnet6: str
    boot: str
    owner: Process | None

    @property
    def in_use(self) -> bool:
        """Whether somebody still counts on it."""
        return self.boot == boot() and (self.owner is None or self.owner.alive)


def boot() -> str:
    """Name the present boot of this machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


@dataclass(frozen=True)
class HeldHost:
    """What is written down about a host: its place in the network, the process that carries it, its variant."""

    number: int
    process: Process | None
    variant: dict[str, Any]
    card: HostCard


def runs() -> Path:
    """The directory that holds one directory for each lab."""
    return machine.directory() / "run"


def write(path: Path, value: object) -> None:
    """Write JSON so that a reader sees all of it or the former one."""
    new = path.with_name(f".{path.name}.new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    new.replace(path)


def write_lab(directory: Path, card: LabCard) -> None:
    """Write a lab's card down."""
    write(directory / "lab.json", asdict(card))


def read_lab(directory: Path) -> LabCard | None:
    """A lab's card, or None when the directory holds none."""
    found = _read(directory / "lab.json")
    if found is None:
        return None
    owner = found.pop("owner")
    return LabCard(**found, owner=Process(**owner) if owner else None)


def write_host(directory: Path, held: HeldHost) -> None:
    """Write down where a host can be reached and which process carries it."""
    write(directory / "host.json", asdict(held))


def read_host(directory: Path) -> HeldHost | None:
    """What is written down about a host, or None when the directory holds nothing."""
    found = _read(directory / "host.json")
    if found is None:
        return None
    process = Process(**found["process"]) if found["process"] else None
    variant = found["variant"] | {"sshd": tuple(found["variant"]["sshd"])}
    return HeldHost(found["number"], process, variant, HostCard(**found["card"]))


def running_hosts(lab: str | None = None) -> list[HostCard]:
    """The hosts that run now: of one lab (or of WSFIX_LAB_RUN), else of the lab that `up` started."""
    wanted = lab or os.environ.get("WSFIX_LAB_RUN")
    cards = []
    for directory in sorted(runs().glob("*/")):
        held = read_lab(directory)
        if held is None or (held.lab != wanted if wanted else held.owner is not None):
            continue
        for host in sorted(directory.glob("hosts/*/")):
            known = read_host(host)
            if known and known.process and known.process.alive:
                cards.append(known.card)
    return cards


def kept_lab() -> str | None:
    """The name of the lab that `up` started."""
    for directory in sorted(runs().glob("*/")):
        held = read_lab(directory)
        if held and held.owner is None and held.in_use:
            return held.lab
    return None


@contextmanager
def locked() -> Iterator[None]:
    """Let one process at a time make or sweep labs."""
    with machine.alone(runs() / ".lock"):
        yield


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
