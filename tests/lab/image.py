"""The images: Debian root file systems, built once for each release and kept by the digest of their recipe."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tests.lab import cargo, machine

Release = Literal[12, 13]
RELEASES: Final[tuple[Release, ...]] = (12, 13)
SUITES: Final = {12: "bookworm", 13: "trixie"}
KEPT_DAYS: Final = 2.0
"""How long an image that nobody asks for any more stays: another checkout may count on it."""

HOSTS: Final = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"

MINIMAL: Final = ("ca-certificates", "dbus", "libpam-systemd", "openssh-server", "sudo", "systemd-sysv")
"""What a rented server has beyond Debian's own minimum; no Python, no proxy, no firewall."""
PACKAGES: Final = (
    *MINIMAL,
    "apache2",
    "caddy",
    "curl",
    "haproxy",
    "iproute2",
    "nginx",
    "nodejs",
    "openssl",
    "procps",
    "python3",
    "python3-venv",
    "redis-server",
    "supervisor",
    "systemd",
    "ufw",
)

# Both are run inside the new root file system, in a network namespace of its own: nothing here can reach a real firewall.
ANY: Final = r"""
set -eu
mount -t proc proc /proc
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
echo 'LANG=C.UTF-8' > /etc/default/locale
systemctl mask --quiet apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer \
    console-getty.service getty@tty1.service systemd-pstore.service systemd-networkd-wait-online.service
rm -f /etc/ssh/ssh_host_* /etc/machine-id /etc/resolv.conf
: > /etc/machine-id
useradd --create-home --shell /bin/bash deploy
useradd --create-home --shell /bin/bash ops
echo 'deploy ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/deploy
echo 'ops ALL=(ALL) ALL' > /etc/sudoers.d/ops
chmod 0440 /etc/sudoers.d/deploy /etc/sudoers.d/ops
"""
FURNISHED: Final = r"""
systemctl disable --quiet nginx.service apache2.service caddy.service haproxy.service redis-server.service supervisor.service
rm -f /etc/nginx/sites-enabled/default
for name in chat karbar valet hotel parkmate; do
    useradd --system --home-dir /opt/$name --shell /usr/sbin/nologin $name
done
python3 -m venv /opt/venv
/opt/venv/bin/pip install --quiet --no-index --find-links /wheels --requirement /wheels/requirements.txt
rm -rf /wheels
for name in chat karbar cofau hotel parkmate; do
    install -d /opt/$name
    ln -s ../venv /opt/$name/venv
done
ln -s ../lib/node_modules/pm2/bin/pm2 /usr/local/bin/pm2
install -d /usr/local/share/lab-ufw
cp /etc/ufw/user.rules /etc/ufw/user6.rules /tmp/
ufw allow 22/tcp > /dev/null
ufw allow 80/tcp > /dev/null
ufw allow 443/tcp > /dev/null
cp /etc/ufw/user.rules /etc/ufw/user6.rules /usr/local/share/lab-ufw/
mv /tmp/user.rules /tmp/user6.rules /etc/ufw/
"""


@dataclass(frozen=True)
class Recipe:
    """Everything that goes into an image, and nothing else."""

    release: Release
    blank: bool

    @property
    def name(self) -> str:
        """What its images are called, before the digest."""
        return f"{'blank' if self.blank else 'debian'}{self.release}"

    @property
    def packages(self) -> tuple[str, ...]:
        """The Debian packages that are asked for by name."""
        return MINIMAL if self.blank else PACKAGES

    @property
    def variant(self) -> str:
        """Which packages come unasked: a blank server has those that Debian calls important."""
        return "important" if self.blank else "minbase"

    @property
    def finish(self) -> str:
        """The script that is run at the end."""
        return ANY if self.blank else ANY + FURNISHED

    @property
    def digest(self) -> str:
        """The name of the recipe's contents."""
        inputs = (SUITES[self.release], self.variant, *self.packages, HOSTS, self.finish)
        carried = () if self.blank else (path.read_text(encoding="utf-8") for path in cargo.MANIFESTS)
        return hashlib.sha256("\0".join((*inputs, *carried)).encode()).hexdigest()[:12]


RECIPES: Final = tuple(Recipe(release, blank) for blank in (False, True) for release in RELEASES)


def ensure(release: Release, *, blank: bool = False) -> Path:
    """Give the root file system of a release; build it when it is not there."""
    return _ensure(Recipe(release, blank))


def ensure_all() -> None:
    """Build every image that is missing, two at a time."""
    with ThreadPoolExecutor(max_workers=2) as builders:
        list(builders.map(_ensure, RECIPES))


def _ensure(recipe: Recipe) -> Path:
    images = machine.directory() / "images"
    image = images / f"{recipe.name}-{recipe.digest}"
    if not image.is_dir():
        with machine.alone(images / f".{recipe.name}.lock"):
            if not image.is_dir():
                _build(recipe, image)
    os.utime(image)
    return image


def _build(recipe: Recipe, image: Path) -> None:
    machine.say(f"building the image {recipe.name} (once, about a minute and a half)")
    for unfinished in image.parent.glob(f".new-{recipe.name}-*"):
        shutil.rmtree(unfinished)
    new = image.with_name(f".new-{image.name}")
    carried = image.with_name(f".new-{image.name}-cargo")
    include = f"--include={','.join(recipe.packages)}"
    bootstrap = ("mmdebstrap", "--quiet", "--mode=root", f"--variant={recipe.variant}", include)
    with ThreadPoolExecutor(max_workers=1) as fetcher:
        fetched = None if recipe.blank else fetcher.submit(cargo.fetch, recipe.release, carried)
        machine.run(*bootstrap, SUITES[recipe.release], new)
    new.joinpath("etc/hosts").write_text(HOSTS, encoding="ascii")
    if fetched:
        fetched.result()
        cargo.stow(carried, new)
    machine.run("unshare", "--net", "--mount", "chroot", new, "/bin/sh", "-s", stdin=recipe.finish)
    new.rename(image)
    _forget_older(recipe, image)
    machine.say(f"the image {recipe.name} is ready")


def _forget_older(recipe: Recipe, image: Path) -> None:
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8")
    for other in image.parent.glob(f"{recipe.name}-*"):
        idle = time.time() - other.stat().st_mtime > KEPT_DAYS * 86400
        if other != image and idle and str(other) not in mounts:
            shutil.rmtree(other)
