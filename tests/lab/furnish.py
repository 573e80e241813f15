"""Furnishing: what makes a root file system this host and no other; done from outside, before it boots."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from tests.lab import image, machine, systems
from tests.lab.disk import Disk

if TYPE_CHECKING:
    from tests.lab.host import Host

Login = Literal["root", "deploy", "ops"]
HOMES: Final = {"root": "root", "deploy": "home/deploy", "ops": "home/ops"}


@dataclass(frozen=True)
class Variant:
    """What may differ from host to host; `ops` needs a password for sudo, `deploy` does not.

    A system of None is a blank server: sshd, and what Debian installs unasked. Without `site` the packages are there, but
    nothing is set up. An `outward` host reaches the package sources.
    """

    release: image.Release = 13
    login: Login = "root"
    ssh_port: int = 22
    sshd: tuple[str, ...] = ()
    site: bool = True
    system: systems.Name | None = "chat"
    outward: bool = False


def furnish(root: Path, host: Host) -> None:
    """Write a host's own name, keys, logins and, unless it is to be blank, its site."""
    variant = host.variant
    root.joinpath("etc/hostname").write_text(f"{host.name}\n", encoding="ascii")
    root.joinpath("etc/machine-id").write_text(f"{host.machine_id}\n", encoding="ascii")
    root.joinpath("etc/hosts").write_text(f"{image.HOSTS}127.0.1.1\t{host.name}\n", encoding="ascii")
    _put_ssh(root, host)
    _put_password(root, host.lab.sudo_hash)
    if variant.outward:
        _put_way_out(root)
    if variant.site and variant.system:
        _put_secrets(host)
        disk = Disk(root, variant.release, host.site.words)
        systems.SYSTEMS[variant.system].put(disk, host.site, variant.ssh_port)


def _put_secrets(host: Host) -> None:
    """Keep the site's secrets beside the host, where the inventory names them."""
    held = host.directory / "secrets"
    held.mkdir(mode=0o700, exist_ok=True)
    for name, text in host.site.secrets.items():
        held.joinpath(name).touch(mode=0o600)
        held.joinpath(name).write_text(f"{text}\n", encoding="utf-8")


def _put_way_out(root: Path) -> None:
    """Give the host the control machine's name servers and certificate authorities."""
    for name in machine.WAY_OUT:
        held = Path("/", name)
        if held.is_dir():
            shutil.copytree(held, root / name, dirs_exist_ok=True)
        elif held.exists():
            shutil.copyfile(held, root / name)


def _put_ssh(root: Path, host: Host) -> None:
    variant = host.variant
    server = ("UseDNS no", f"Port {variant.ssh_port}", "PasswordAuthentication no", *variant.sshd)
    root.joinpath("etc/ssh/sshd_config.d/lab.conf").write_text("\n".join(server) + "\n", encoding="ascii")
    for kind, text in host.lab.host_key(host).items():
        path = root / "etc/ssh" / kind
        path.touch(mode=0o644 if kind.endswith(".pub") else 0o600)
        path.write_text(text, encoding="ascii")
    home = root / HOMES[variant.login]
    owner = home.stat()
    keys = home / ".ssh" / "authorized_keys"
    keys.parent.mkdir(mode=0o700, exist_ok=True)
    keys.touch(mode=0o600)
    keys.write_text(host.lab.directory.joinpath("key.pub").read_text(encoding="ascii"), encoding="ascii")
    for path in (keys.parent, keys):
        shutil.chown(path, owner.st_uid, owner.st_gid)


def _put_password(root: Path, hashed: str) -> None:
    shadow = root / "etc/shadow"
    lines = [line.split(":") for line in shadow.read_text(encoding="utf-8").splitlines()]
    written = [":".join([fields[0], hashed, *fields[2:]] if fields[0] == "ops" else fields) for fields in lines]
    shadow.write_text("\n".join(written) + "\n", encoding="utf-8")
