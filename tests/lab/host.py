"""The host: one real Debian with systemd as PID 1, sshd, and a network namespace of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.lab import cgroup, image, machine, seen, site, state, systems
from tests.lab.furnish import Variant, furnish
from tests.lab.machine import LabError

if TYPE_CHECKING:
    from tests.lab.laboratory import Lab

BOOT_SECONDS: Final = 60.0
PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Host:
    """One host of a lab; it starts blank or with the healthy site, and can be made fresh again."""

    def __init__(self, lab: Lab, name: str, number: int, variant: Variant) -> None:
        """Take a place in the lab; nothing runs before `start`."""
        self.lab, self.name, self.number, self.variant = lab, name, number, variant
        self.directory = lab.directory / "hosts" / name
        self.machine_id = secrets.token_hex(16)
        self.process: state.Process | None = None
        self._spawned: subprocess.Popen[bytes] | None = None
        self._sites: dict[str, site.Site] = {}

    @property
    def system(self) -> systems.System:
        """Which kind of site it is; a blank host would be the chat."""
        return systems.SYSTEMS[self.variant.system or "chat"]

    @property
    def site(self) -> site.Site:
        """What it serves; the same over all its resets."""
        name = self.system.name
        if name not in self._sites:
            self._sites[name] = site.Site.of(self.name, self.lab.authority, name)
        return self._sites[name]

    @property
    def card(self) -> state.HostCard:
        """How to reach this host and what it serves."""
        needs_password = self.variant.login == "ops"
        public, shop = site.names(self.name, self.system.name)
        return state.HostCard(
            lab=self.lab.name,
            name=self.name,
            release=self.variant.release,
            address4=self.lab.network.address4(self.number),
            address6=self.lab.network.address6(self.number),
            ssh_port=self.variant.ssh_port,
            user=self.variant.login,
            key=str(self.lab.directory / "key"),
            known_hosts=str(self.lab.directory / "known_hosts"),
            sudo_password_file=str(self.lab.directory / "sudo-password") if needs_password else None,
            site=public,
            shop=shop,
            ca=str(self.lab.directory / "root.pem"),
            system=self.variant.system,
        )

    @property
    def running(self) -> bool:
        """Whether its PID 1 is there."""
        return bool(self.process and self.process.alive)

    @property
    def leader(self) -> int:
        """The process that is PID 1 inside; refuses when the host does not run."""
        if self.process and self.process.alive:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
            if children.split():
                return int(children.split()[0])
        raise LabError(f"host {self.name} does not run; start it, or read {self._console}")

    @property
    def root(self) -> Path:
        """Its files as seen from the control machine; never follow an absolute link found in there."""
        return self._merged

    def start(self) -> None:
        """Make it fresh and boot it; return when SSH answers and, with a site, its backend does."""
        if self.running:
            raise LabError(f"host {self.name} runs already; use reset")
        self._unmount()
        for part in ("upper", "work", "merged"):
            self.directory.joinpath(part).mkdir(parents=True, exist_ok=True)
        lower = image.ensure(self.variant.release, blank=self.variant.system is None)
        layers = f"lowerdir={lower},upperdir={self._upper},workdir={self._work}"
        machine.run("mount", "-t", "overlay", "overlay", "-o", layers, self._merged)
        furnish(self._merged, self)
        self._boot(first=True)

    def reset(self, variant: Variant | None = None) -> None:
        """Forget everything that happened on it, and boot a fresh one in its place (perhaps of another variant)."""
        self._cut()
        self.variant = variant or self.variant
        self.start()

    def reboot(self, *, power_cut: bool = False) -> None:
        """Boot it again on the disk it has: in good order, or as after a power cut."""
        if power_cut:
            self._cut()
        else:
            self._shut()
        self._boot()

    def stop(self) -> None:
        """Shut it down and leave nothing of it behind."""
        self._cut()
        self.lab.network.detach(self.name, self.number)
        self._unmount()
        shutil.rmtree(self.directory, ignore_errors=True)

    def sh(self, command: str, stdin: str | None = None, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a shell command as root inside, through nsenter (about 10 ms; SSH takes 400)."""
        inside = ("nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-r", "-w", "--")
        clean = ("/usr/bin/env", "-i", f"PATH={PATH}", "HOME=/root", "LC_ALL=C.UTF-8", "/bin/sh", "-c", command)
        done = subprocess.run([*inside, *clean], input=stdin or "", capture_output=True, text=True, check=False)
        if check and done.returncode:
            said = (done.stderr or done.stdout).strip()[-2000:]
            raise LabError(f"on {self.name} `{command}` failed with exit code {done.returncode}: {said}")
        return done

    def ssh(self, command: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command as a person would: over SSH, as the user of the variant."""
        card = self.card
        options = ("-F", "none", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={card.known_hosts}")
        address = ("-i", card.key, "-p", str(card.ssh_port), f"{card.user}@{card.address4}")
        return subprocess.run(["ssh", *options, *address, command], input=stdin or "", capture_output=True, text=True)  # noqa: PLW1510

    def read(self, path: str) -> str:
        """The text of a file inside."""
        return self.sh(f"cat '{path}'").stdout

    def write(self, path: str, text: str) -> None:
        """Write a file inside; its owner and mode stay as they were."""
        self.sh(f"mkdir -p \"$(dirname '{path}')\" && cat > '{path}'", stdin=text)

    def edit(self, path: str, before: str, after: str) -> None:
        """Replace a piece of text that stands exactly once in a file."""
        text = self.read(path)
        if text.count(before) != 1:
            raise LabError(f"{path} on {self.name} holds {before!r} {text.count(before)} times; once was expected")
        self.write(path, text.replace(before, after))

    def digests(self, roots: Iterable[str] = ("/etc",)) -> dict[str, str]:
        """What stands under these roots: content, mode, owner and link target of everything; times are left out."""
        return seen.digests(self._merged, roots)

    def open_sockets(self, port: int = 443) -> list[str]:
        """The peers of the TCP connections that are open to a port of this host."""
        said = self.sh(f"ss -Htn state established '( sport = :{port} )'").stdout
        return [line.split()[-1] for line in said.splitlines()]

    def wait_for_site(self, seconds: float = BOOT_SECONDS) -> None:
        """Wait until the backend answers through the proxy."""
        until(seconds, f"the site on {self.name} to answer at {self.system.health}", self._site_answers)

    def _boot(self, *, first: bool = False) -> None:
        self.lab.network.attach(self.name, self.number, outward=self.variant.outward)
        takes_in = " ".join(f"echo $$ > {file};" for file in cgroup.make(self.lab.name, self.name))
        nspawn = (
            *("systemd-nspawn", "--quiet", f"--directory={self._merged}", f"--machine={self.name}"),
            f"--network-namespace-path=/run/netns/{self.lab.network.namespace(self.name)}",
            *("--register=no", "--keep-unit", "--capability=CAP_NET_ADMIN,CAP_NET_RAW"),
            *("--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=pipe", "--boot"),
        )
        with self._console.open("ab") as console:
            started = subprocess.Popen(
                ["/bin/sh", "-c", f'{takes_in} exec "$@"', "sh", *nspawn],
                env=os.environ | {"SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"},
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        self._spawned = started  # kept, so that its end is noticed and its number not reused
        self.process = state.Process.of(started.pid)
        self._write_down()
        until(BOOT_SECONDS, f"SSH of {self.name} to answer (console: {self._console})", self._ssh_answers)
        if self.variant.site and self.variant.system:
            if first:
                self.system.settle(self)
            self.wait_for_site()

    def _ssh_answers(self) -> bool:
        if not self.running:
            raise LabError(f"host {self.name} ended while booting; read {self._console}")
        with socket.create_connection((self.card.address4, self.variant.ssh_port), timeout=1) as connection:
            greets = connection.recv(4) == b"SSH-"
        return greets and not Path(f"/proc/{self.leader}/root/run/nologin").exists()

    def _site_answers(self) -> bool:
        return self.system.answers(self.card)

    def _shut(self) -> None:
        self.sh("systemctl --no-block poweroff", check=False)
        until(BOOT_SECONDS, f"{self.name} to shut down", self._ended)
        self._after_end()

    def _cut(self) -> None:
        """End PID 1 at once; the kernel ends the rest of its namespace."""
        if self.running:
            with suppress(LabError, ProcessLookupError):
                os.kill(self.leader, signal.SIGKILL)
            with suppress(LabError):
                until(5, f"{self.name} to end", self._ended)
        self._after_end()

    def forget(self) -> None:
        """Let go of a process that has ended, so that its number is free again."""
        if self._spawned:
            self._spawned.wait()
        self._spawned = self.process = None

    def _after_end(self) -> None:
        cgroup.end(self.lab.name, self.name)
        self.forget()
        if self.directory.is_dir():
            self._write_down()

    def _write_down(self) -> None:
        state.write_host(self.directory, state.HeldHost(self.number, self.process, asdict(self.variant), self.card))

    def _ended(self) -> bool:
        return not self.running

    def _unmount(self) -> None:
        if self._merged.is_mount():
            machine.run("umount", self._merged)
        for part in (self._upper, self._work):
            if part.exists():
                shutil.rmtree(part)

    @property
    def _merged(self) -> Path:
        return self.directory / "merged"

    @property
    def _upper(self) -> Path:
        return self.directory / "upper"

    @property
    def _work(self) -> Path:
        return self.directory / "work"

    @property
    def _console(self) -> Path:
        return self.directory / "console.log"


def until(seconds: float, what: str, true: Callable[[], bool]) -> None:
    """Wait until a question is answered yes; a refused connection counts as no."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError):
            if true():
                return
        time.sleep(0.02)
    raise LabError(f"waited {seconds:.0f} s in vain for {what}")
