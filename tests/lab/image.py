"""The image: a Debian root file system, built once for each release and kept by the digest of its recipe."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from tests.lab import machine

Release = Literal[12, 13]
RELEASES: Final[tuple[Release, ...]] = (12, 13)
SUITES: Final = {12: "bookworm", 13: "trixie"}
PYTHONS: Final = {12: "3.11", 13: "3.13"}

PACKAGES: Final = (
    "ca-certificates",
    "curl",
    "dbus",
    "iproute2",
    "libpam-systemd",
    "nginx",
    "openssh-server",
    "openssl",
    "procps",
    "python3",
    "python3-venv",
    "sudo",
    "systemd",
    "systemd-sysv",
    "ufw",
)
REQUIREMENTS: Final = Path(__file__).with_name("requirements-lab.txt")

HOSTS: Final = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"

# Run inside the new root file system, in a network namespace of its own, so nothing here can reach a real firewall.
FINISH: Final = r"""
set -eu
mount -t proc proc /proc
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
systemctl disable --quiet nginx.service
echo 'LANG=C.UTF-8' > /etc/default/locale
systemctl mask --quiet apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer \
    console-getty.service getty@tty1.service systemd-pstore.service systemd-networkd-wait-online.service
rm -f /etc/nginx/sites-enabled/default /etc/ssh/ssh_host_* /etc/machine-id /etc/resolv.conf
: > /etc/machine-id
useradd --create-home --shell /bin/bash deploy
useradd --create-home --shell /bin/bash ops
useradd --system --home-dir /opt/chat --shell /usr/sbin/nologin chat
echo 'deploy ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/deploy
echo 'ops ALL=(ALL) ALL' > /etc/sudoers.d/ops
chmod 0440 /etc/sudoers.d/deploy /etc/sudoers.d/ops
python3 -m venv /opt/chat/venv
/opt/chat/venv/bin/pip install --quiet --no-index --find-links /wheels --requirement /wheels/requirements.txt
rm -rf /wheels
install -d /usr/local/share/lab-ufw
cp /etc/ufw/user.rules /etc/ufw/user6.rules /tmp/
ufw allow 22/tcp > /dev/null
ufw allow 80/tcp > /dev/null
ufw allow 443/tcp > /dev/null
cp /etc/ufw/user.rules /etc/ufw/user6.rules /usr/local/share/lab-ufw/
mv /tmp/user.rules /tmp/user6.rules /etc/ufw/
"""


def digest(release: Release) -> str:
    """Name the recipe: every input of the image, and nothing else."""
    recipe = "\0".join((SUITES[release], *PACKAGES, HOSTS, FINISH, REQUIREMENTS.read_text(encoding="utf-8")))
    return hashlib.sha256(recipe.encode()).hexdigest()[:12]


def ensure(release: Release) -> Path:
    """Give the root file system of a release; build it when it is not there."""
    images = machine.directory() / "images"
    image = images / f"debian{release}-{digest(release)}"
    if image.is_dir():
        return image
    images.mkdir(parents=True, exist_ok=True)
    with _alone(images / f".debian{release}.lock"):
        if not image.is_dir():
            _build(release, image)
    return image


def _build(release: Release, image: Path) -> None:
    machine.say(f"building Debian {release} image (once, about a minute)")
    for unfinished in image.parent.glob(f".new-debian{release}-*"):
        shutil.rmtree(unfinished)
    new = image.with_name(f".new-{image.name}")
    wheels = image.with_name(f".new-{image.name}-wheels")
    _download(release, wheels)
    include = f"--include={','.join(PACKAGES)}"
    machine.run("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", include, SUITES[release], new)
    machine.say(f"Debian {release}: packages are in; now the chat's Python environment")
    new.joinpath("etc/hosts").write_text(HOSTS, encoding="ascii")
    wheels.rename(new / "wheels")
    machine.run("unshare", "--net", "--mount", "chroot", new, "/bin/sh", "-s", stdin=FINISH)
    new.rename(image)
    _forget_older(release, image)
    machine.say(f"Debian {release} image is ready")


def _download(release: Release, wheels: Path) -> None:
    """Fetch the wheels with this machine's pip, so that the image itself never needs a network."""
    arch = platform.machine()
    platforms = [word for tag in ("2_28", "2_17") for word in ("--platform", f"manylinux_{tag}_{arch}")]
    target = ("--python-version", PYTHONS[release], "--implementation", "cp", "--only-binary=:all:")
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", wheels)
    machine.run(*pip, *target, *platforms, "--platform", f"manylinux2014_{arch}", "--requirement", REQUIREMENTS)
    shutil.copyfile(REQUIREMENTS, wheels / "requirements.txt")


def _forget_older(release: Release, image: Path) -> None:
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8")
    for other in image.parent.glob(f"debian{release}-*"):
        if other != image and str(other) not in mounts:
            shutil.rmtree(other)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time in; the lock goes with the process."""
    lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
