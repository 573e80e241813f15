"""The laboratory: one lab with its network, keys and hosts, from its first directory to nothing left behind."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from tests.lab import ca, cgroup, machine, state
from tests.lab.furnish import Variant
from tests.lab.host import Host
from tests.lab.network import Network, choose


class Lab:
    """Hosts that share a bridge, a certificate authority and a client key."""

    def __init__(self, directory: Path, network: Network) -> None:
        """Stand for the lab of a directory; `create` and `load` make one."""
        self.directory, self.network, self.name = directory, network, network.lab
        self.hosts: dict[str, Host] = {}
        self._authority: ca.Authority | None = None

    @classmethod
    def create(cls) -> Lab:
        """Open a lab that ends with this process, unless it is kept."""
        machine.prepare()
        with state.locked():
            sweep()
            name = secrets.token_hex(2)
            directory = state.runs() / name
            directory.mkdir(mode=0o700)
            lab = cls(directory, choose(name))
            lab._write_down(owner=state.Process.of(os.getpid()))
        try:
            lab._open()
        except BaseException:
            lab.close()
            raise
        return lab

    @classmethod
    def load(cls, name: str) -> Lab:
        """Take up a lab that another process opened."""
        directory = state.runs() / name
        card = state.read_lab(directory)
        if card is None:
            raise machine.LabError(f"there is no lab {name} under {state.runs()}; see `python -m tests.lab status`")
        lab = cls(directory, Network(card.lab, card.subnet4, card.subnet6))
        for found in sorted(directory.glob("hosts/*/")):
            held = state.read_host(found)
            if held:
                host = Host(lab, found.name, held.number, Variant(**held.variant))
                host.process = held.process
                lab.hosts[found.name] = host
        return lab

    @property
    def authority(self) -> ca.Authority:
        """Who signs this lab's certificates; its keys live in the lab's directory."""
        if self._authority is None:
            self._authority = ca.Authority.load(self.directory / "authority.pem")
        return self._authority

    @property
    def sudo_hash(self) -> str:
        """The password of `ops`, as /etc/shadow holds it."""
        return self.directory.joinpath("sudo-hash").read_text(encoding="ascii").strip()

    def start(self, name: str, variant: Variant | None = None) -> Host:
        """Start a host of this name."""
        if name in self.hosts:
            raise machine.LabError(f"the lab has a host {name} already; reset it, or take another name")
        taken = {host.number for host in self.hosts.values()}
        number = next(number for number in range(2, 250) if number not in taken)
        host = self.hosts[name] = Host(self, name, number, variant or Variant())
        host.start()
        return host

    def keep(self) -> None:
        """Let the lab outlive this process; `down` ends it."""
        self._write_down(owner=None)

    def close(self) -> None:
        """Stop every host and leave nothing of the lab behind; safe to call twice and from another process."""
        _clear(self.directory, self.network)
        for host in self.hosts.values():
            host.forget()
        self.hosts.clear()

    def host_key(self, host: Host) -> dict[str, str]:
        """The SSH host key of a host, the same over all its resets; known_hosts learns of it here."""
        held = self.directory / "hostkeys"
        held.mkdir(mode=0o700, exist_ok=True)
        key = held / host.name
        if not key.exists():
            machine.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", host.name, "-f", key)
        public = key.with_name(f"{key.name}.pub").read_text(encoding="ascii")
        addresses, port = (host.card.address4, host.card.address6), host.variant.ssh_port
        names = ",".join(addresses if port == 22 else (f"[{address}]:{port}" for address in addresses))
        held.joinpath(f"{host.name}.known").write_text(f"{names} {public}", encoding="ascii")
        known = "".join(path.read_text(encoding="ascii") for path in sorted(held.glob("*.known")))
        self.directory.joinpath("known_hosts").write_text(known, encoding="ascii")
        return {"ssh_host_ed25519_key": key.read_text(encoding="ascii"), "ssh_host_ed25519_key.pub": public}

    def _write_down(self, owner: state.Process | None) -> None:
        subnets = self.network.subnet4, self.network.subnet6
        state.write_lab(self.directory, state.LabCard(self.name, *subnets, state.boot(), owner))

    def _open(self) -> None:
        self.network.open()
        self._authority = ca.Authority(f"wsfix lab {self.name}")
        self._authority.save(self.directory / "authority.pem")
        self.directory.joinpath("root.pem").write_text(self._authority.root, encoding="ascii")
        machine.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", self.directory / "key")
        password = secrets.token_urlsafe(18)
        hashed = machine.run("openssl", "passwd", "-6", "-stdin", stdin=password).stdout
        for name, text in (("sudo-password", password), ("sudo-hash", hashed)):
            self.directory.joinpath(name).touch(mode=0o600)
            self.directory.joinpath(name).write_text(text, encoding="ascii")


def sweep() -> list[str]:
    """Clear away labs that nobody counts on any more: their process, or this machine's boot, has ended."""
    swept = []
    for directory in sorted(state.runs().glob("*/")):
        card = state.read_lab(directory)
        if card is None or not card.in_use:
            machine.say(f"clearing away lab {directory.name}, which was left behind")
            _clear(directory, Network(directory.name, "", ""))
            swept.append(directory.name)
    return swept


def _clear(directory: Path, network: Network) -> None:
    cgroup.end(network.lab)
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        mounted = line.split()[1]
        if mounted.startswith(f"{directory}/"):
            machine.run("umount", mounted)
    network.close()
    shutil.rmtree(directory, ignore_errors=True)
