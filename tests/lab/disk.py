"""The disk: writing into the root file system of a host that does not run yet."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.lab.ca import Certificate

FILES: Final = Path(__file__).with_name("files")
APPS: Final = Path(__file__).with_name("apps")
NOT_CARRIED: Final = shutil.ignore_patterns("__pycache__", "node_modules", "*.pyc")


@dataclass(frozen=True)
class Disk:
    """A host's files as seen from outside; `words` stand for @word@ in whatever is filled in."""

    root: Path
    release: int
    words: Mapping[str, str] = field(default_factory=dict, repr=False)

    def at(self, path: str) -> Path:
        """Where a path of the host lies on this machine."""
        return self.root / path.lstrip("/")

    def write(self, path: str, text: str, mode: int = 0o644, owner: str | None = None) -> None:
        """Write a file and the folders above it."""
        file = self.at(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=mode)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
        if owner:
            shutil.chown(file, self.id("passwd", owner), self.id("group", owner))

    def fill(self, path: str, name: str, mode: int = 0o644, owner: str | None = None) -> None:
        """Write a file from its form in `files`."""
        self.write(path, self.filled(name), mode, owner)

    def filled(self, name: str) -> str:
        """A form with its words filled in."""
        return filled(name, self.words)

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link, in the place of whatever stood there."""
        link = self.at(path)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(target)

    def application(self, name: str, folder: str) -> None:
        """Copy the source of an application."""
        shutil.copytree(APPS / name, self.at(folder), dirs_exist_ok=True, ignore=NOT_CARRIED)

    def copy(self, folder: str, to: str) -> None:
        """Copy a folder of the host to another place on it, as a build's `cp -r` does."""
        shutil.copytree(self.at(folder), self.at(to), dirs_exist_ok=True)

    def certificate(self, folder: str, certificate: Certificate) -> None:
        """Write a certificate under the four names that certbot made usual."""
        put_certificate(self.at(folder), certificate)

    def enable(self, unit: str) -> None:
        """Let a unit start with the host."""
        held = f"/etc/systemd/system/{unit}"
        shipped = f"{'/lib' if self.release == 12 else '/usr/lib'}/systemd/system/{unit}"
        target = held if self.at(held).exists() else shipped
        self.link(f"/etc/systemd/system/multi-user.target.wants/{unit}", target)

    def firewall(self, ssh_port: int, *, more: int | None = None, https: bool = True) -> None:
        """Turn on the rules that the image keeps ready: SSH, 80 and 443, for IPv4 and IPv6."""
        for name in ("user.rules", "user6.rules"):
            text = self.at(f"/usr/local/share/lab-ufw/{name}").read_text(encoding="utf-8")
            text = text.replace("tcp 22 ", f"tcp {ssh_port} ").replace("--dport 22 ", f"--dport {ssh_port} ")
            if more:
                rule = next(part for part in text.split("\n\n") if "--dport 443 " in part)
                text = text.replace(rule, f"{rule}\n\n{rule.replace('443', str(more))}")
            if not https:
                text = "\n\n".join(part for part in text.split("\n\n") if "--dport 443 " not in part)
            self.write(f"/etc/ufw/{name}", text, mode=0o640)
        switch = self.at("/etc/ufw/ufw.conf")
        switch.write_text(switch.read_text(encoding="utf-8").replace("ENABLED=no", "ENABLED=yes"), encoding="utf-8")

    def own(self, path: str, owner: str, *, user: bool = True) -> None:
        """Give a file, or a folder and everything in it, to a user of the host, or to the user's group only."""
        numbers = self.id("passwd", owner) if user else 0, self.id("group", owner)
        top = self.at(path)
        for each in (top, *top.rglob("*")):
            if not each.is_symlink():
                shutil.chown(each, *numbers)

    def id(self, table: str, name: str) -> int:
        """The number of a user or a group of the host."""
        lines = self.at(f"/etc/{table}").read_text(encoding="utf-8").splitlines()
        return next(int(line.split(":")[2]) for line in lines if line.startswith(f"{name}:"))


def filled(name: str, words: Mapping[str, str]) -> str:
    """A form of `files` with its words filled in."""
    text = FILES.joinpath(name).read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text


def put_certificate(directory: Path, certificate: Certificate) -> None:
    """Write a certificate under the four names that certbot made usual."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.joinpath("cert.pem").write_text(certificate.leaf, encoding="ascii")
    directory.joinpath("chain.pem").write_text(certificate.chain, encoding="ascii")
    directory.joinpath("fullchain.pem").write_text(certificate.fullchain, encoding="ascii")
    key = directory / "privkey.pem"
    key.touch(mode=0o600)
    key.write_text(certificate.key, encoding="ascii")
