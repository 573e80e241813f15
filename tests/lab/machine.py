"""The control machine: what it must have before it can carry a lab."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = {  # program: the Debian package that brings it
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "ssh": "openssh-client",
}


WAY_OUT = ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt", "usr/local/share/ca-certificates")
"""What a host needs of this machine to reach the package sources as this machine does."""


class LabError(RuntimeError):
    """The lab can't do what was asked; the text says what to do about it."""


def say(text: str) -> None:
    """Tell the person at the terminal what the lab is doing."""
    print(f"lab: {text}", file=sys.stderr, flush=True)


def run(*command: str | Path, stdin: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command of the control machine and keep what it said."""
    words = [str(word) for word in command]
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    if check and done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise LabError(f"`{' '.join(words)}` failed with exit code {done.returncode}: {said}")
    return done


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let one process at a time in; the lock goes with the process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def directory() -> Path:
    """Where images and running labs are kept: WSFIX_LAB_DIR, or /var/cache/wsfix-lab."""
    return Path(os.environ.get("WSFIX_LAB_DIR") or "/var/cache/wsfix-lab")


def reason_unavailable() -> str | None:
    """Say why the lab can't run on this machine, or None; quick, and nothing is installed or changed."""
    if sys.platform != "linux":
        return "the lab needs Linux; this machine runs " + sys.platform
    if os.geteuid() != 0:
        return "the lab needs root (network namespaces, overlayfs); run it with sudo"
    if "overlay" not in Path("/proc/filesystems").read_text(encoding="ascii") and not shutil.which("modprobe"):
        return "the kernel has no overlayfs; run on a kernel that has it"
    if not _may_administer():
        return "CAP_SYS_ADMIN and CAP_NET_ADMIN are missing (an unprivileged container?); run on the machine itself"
    if _makes_namespaces():
        return _packages_out_of_reach()
    return (
        "network namespaces can't be made here (`unshare --net --mount true` failed); the kernel or a container forbids"
    )


def prepare() -> None:
    """Install by package name what is missing on the control machine."""
    reason = reason_unavailable()
    if reason:
        raise LabError(f"the lab can't run here: {reason}")
    _install(_missing())


def need(program: str, package: str) -> None:
    """Install by package name a program that only some tests need."""
    if shutil.which(program) is None:
        _install([package])


def _install(packages: list[str]) -> None:
    if not packages:
        return
    say(f"installing {' '.join(packages)} on this machine (once)")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", *command], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"apt-get could not install {' '.join(packages)}: {done.stderr.strip()[-1000:]}")


def _missing() -> list[str]:
    return sorted({package for program, package in PROGRAMS.items() if shutil.which(program) is None})


def _packages_out_of_reach() -> str | None:
    missing = _missing()
    if missing and shutil.which("apt-get") is None:
        return f"missing here: {', '.join(missing)}; and there is no apt-get to install them with"
    return None


def _may_administer() -> bool:
    effective = next(
        int(line.split()[1], 16)
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        if line.startswith("CapEff")
    )
    net_admin, sys_admin = 1 << 12, 1 << 21
    return bool(effective & net_admin and effective & sys_admin)


def _makes_namespaces() -> bool:
    unshare = shutil.which("unshare")
    return unshare is not None and run(unshare, "--net", "--mount", "true", check=False).returncode == 0
