"""A field to try transactions in: a scratch tree, a stub proxy, and the real scripts under a real shell as root."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from wsfix.errors import LookFailed
from wsfix.model.change import Action, Change, Edit, EnvChange, Link, Plan
from wsfix.model.outcome import Outcome
from wsfix.operations.proxy import ProxyCommands
from wsfix.operations.script import Script, apply_script
from wsfix.operations.status import read_records, status_fragment
from wsfix.operations.transaction import Proof, Verdict, repair, rollback
from wsfix.shell import Ran

SECRET = "canary'9d$f` \"x\\1"
OWNER = "ops@controller 4711"
FAULTS = ("WS313",)
CURED = Verdict(Proof.CURED, "101 and an echo")
SAME = Verdict(Proof.SAME, "still 403")

Seen = dict[str, tuple[object, ...]]


@dataclass
class ScratchShell:
    """Runs a script as the SSH connection does: through standard input, in a session of its own."""

    sh: str = "/bin/dash"
    path: str = "/usr/sbin:/usr/bin:/sbin:/bin"
    ran: list[Ran] = field(default_factory=list)

    def run(self, script: str, timeout: float) -> Ran:
        done = subprocess.run(
            [self.sh, "-s"] if self.sh.endswith("dash") else [self.sh],
            input=script.encode("utf-8", "surrogateescape"),
            env={"PATH": self.path, "HOME": "/root"},
            capture_output=True,
            timeout=min(timeout, 120),
            start_new_session=True,
            check=False,
        )
        ran = Ran(
            done.returncode, done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode("utf-8", "replace")
        )
        self.ran.append(ran)
        return ran


class CutShell(ScratchShell):
    """The connection is cut when the answer should come."""

    def run(self, script: str, timeout: float) -> Ran:
        super().run(script, timeout)
        raise LookFailed("example: the SSH connection broke")


class Field:
    """One host's files under a directory, with every kind of change that a plan can hold."""

    def __init__(self, directory: Path, shell: ScratchShell) -> None:
        self.shell = shell
        self.directory = directory
        self.root = directory / "host"
        self.base = directory / "lib" / "wsfix"
        self.events = directory / "events"
        self.tree = self.root / "etc/nginx"
        self.fill()
        self.before = self.seen()

    def fill(self) -> None:
        self.base.parent.mkdir(parents=True)
        self.make("etc/nginx/nginx.conf", b"http {\n  include conf.d/*.conf;\n}", mode=0o640, owner=(1234, 5678))
        self.make('etc/nginx/sites-available/it\'s a "site"', b"server {\r\n  listen 80;\r\n}\r\n", mode=0o604)
        self.make("etc/nginx/hard.conf", b"one inode, two names\n", owner=(33, 33))
        self.make("etc/nginx/conf.d/old.conf", b"server { }\n", mode=0o600)
        self.make(
            "opt/chat/.env", b"# keep\r\nexport  A=1\r\nTOKEN='old'\r\nTOKEN=older\r\nB=2", mode=0o600, owner=(1234, 0)
        )
        self.make("etc/ufw/user.rules", b"-A 22\n", mode=0o640)
        self.make("elsewhere/included.conf", b"x y;\n")
        (self.tree / "sites-enabled").mkdir()
        (self.tree / "sites-enabled/chat").symlink_to('../sites-available/it\'s a "site"')
        (self.tree / "here.conf").symlink_to(self.root / "elsewhere/included.conf")
        (self.tree / "hard too.conf").hardlink_to(self.tree / "hard.conf")
        if self.fine:
            os.setxattr(self.tree / "nginx.conf", "user.origin", b"mine")

    @property
    def fine(self) -> bool:
        """Whether cp keeps extended attributes and nanoseconds: GNU's does, busybox's does not."""
        return self.shell.sh.endswith("dash")

    def make(self, name: str, content: bytes, mode: int = 0o644, owner: tuple[int, int] = (0, 0)) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
        os.chown(path, *owner)
        moment = 1_600_000_000_123_456_789 if self.fine else 1_600_000_000_000_000_000
        os.utime(path, ns=(moment, moment))
        return path

    @property
    def proxy(self) -> ProxyCommands:
        test = f"if grep -Rqs BROKEN {self.tree}/; then echo 'nginx: [emerg] unknown directive'; exit 1; fi\n"
        return ProxyCommands("nginx", str(self.tree), test, f"echo reload >> {self.events}", 'test -n "$1"')

    def edit(self, name: str, after: bytes | None, **more: object) -> Edit:
        path = self.root / name
        before = path.read_bytes() if path.exists() else None
        digest = None if before is None else hashlib.sha256(before).hexdigest()
        return Edit(str(path), before, after, FAULTS, digest, **more)  # type: ignore[arg-type]

    def env(self, name: str, *values: tuple[str, str], **more: object) -> EnvChange:
        path = self.root / name
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
        hidden = frozenset(key for key, _ in values)
        return EnvChange(str(path), values, hidden, ("", ""), FAULTS, digest, **more)  # type: ignore[arg-type]

    def action(self, do: str, undo: str, title: str = "an action", **more: object) -> Action:
        return Action(do, undo, title, "keeps open sockets", FAULTS, **more)  # type: ignore[arg-type]

    def plan(self, *changes: Change, reload_proxy: bool = True) -> Plan:
        return Plan("example", changes, reload_proxy=reload_proxy)

    def everything(self) -> Plan:
        """Return a plan with every kind of change."""
        rules, marker = self.root / "etc/ufw/user.rules", self.root / "run.chat"
        reread = f"cat '{self.root}/opt/chat/.env' | sha256sum >> {self.events}"
        return self.plan(
            self.edit("etc/nginx/nginx.conf", b"http {\n  include conf.d/*.conf;\n  map x y { }\n}"),
            self.edit("etc/nginx/sites-enabled/chat", b"server {\r\n  listen 80;\r\n  # ws\r\n}\r\n"),
            self.edit("etc/nginx/hard.conf", b"one inode, two names, new bytes, and more of them\n"),
            self.edit("etc/nginx/here.conf", b"x z;\n"),
            self.edit("etc/nginx/conf.d/old.conf", None),
            self.edit("etc/nginx/sites-available/new $HOME", b"server { }\n", mode=0o640, group="www-data"),
            self.edit("etc/systemd/system/chat.service.d/wsfix.conf", b"[Service]\nEnvironment=X=%h\n"),
            Link(str(self.tree / "sites-enabled/new"), "../sites-available/new $HOME", FAULTS),
            self.env("opt/chat/.env", ("TOKEN", SECRET), ("NEW", "plain")),
            self.action(reread, reread, "reread", rank=10),
            self.action(
                f"echo allow >> '{rules}'; echo '-A 443' >> '{rules}'",
                f"echo '# taken back' >> '{rules}'",
                "open 443",
                keeps=(str(rules),),
                rank=20,
            ),
            self.action(f"echo up > '{marker}'", f"rm -f '{marker}'", "start chat", rank=30),
        )

    def repair(self, plan: Plan | None = None, verdict: Verdict = CURED, **more: object) -> Outcome:
        options: dict[str, object] = {
            "proxy": self.proxy,
            "verify": lambda _: verdict,
            "owner": OWNER,
            "guard_seconds": 600,
            "base": str(self.base),
        }
        return repair(self.shell, plan or self.everything(), **(options | more))  # type: ignore[arg-type]

    def script(self, plan: Plan | None = None, **more: object) -> Script:
        options: dict[str, object] = {"proxy": self.proxy, "owner": OWNER, "guard_seconds": 600, "base": str(self.base)}
        return apply_script(plan or self.everything(), **(options | more))  # type: ignore[arg-type]

    def apply(self, plan: Plan | None = None, **more: object) -> Ran:
        return self.shell.run(self.script(plan, **more).text, 60)

    def rollback(self, transaction: str | None = None, *, force: bool = False) -> Outcome:
        return rollback(self.shell, transaction, host="example", force=force, base=str(self.base))

    def undo_by_hand(self, *words: str) -> subprocess.CompletedProcess[str]:
        script = str(self.transactions()[-1] / "undo.sh")
        return subprocess.run(["sh", script, *words], capture_output=True, text=True, timeout=60, check=False)

    def transactions(self) -> list[Path]:
        return sorted(path for path in (self.base / "txn").glob("*") if (path / "journal").exists())

    def states(self) -> list[str]:
        fragment = status_fragment(everything=True, base=str(self.base))
        return [record.state for record in read_records(self.shell.run(fragment, 20).stdout)]

    def seen(self, *, times: bool = True) -> Seen:
        """Return bytes, kind, mode, owner, names, link target and xattrs of everything, and the times of files."""
        return {str(path.relative_to(self.root)): self._see(path, times=times) for path in sorted(self.root.rglob("*"))}

    def _see(self, path: Path, *, times: bool) -> tuple[object, ...]:
        about = path.lstat()
        kind, content = stat.filemode(about.st_mode), b""
        if path.is_symlink():
            content = str(path.readlink()).encode()
        elif path.is_file():
            content = path.read_bytes()
        xattrs = tuple((name, os.getxattr(path, name)) for name in os.listxattr(path, follow_symlinks=False))
        moment = about.st_mtime_ns if times and path.is_file() and not path.is_symlink() else 0
        names = 1 if path.is_dir() else about.st_nlink
        return kind, about.st_uid, about.st_gid, names, content, xattrs, moment

    def leave(self) -> None:
        """End the guards that this field started."""
        for guard in self.base.glob("txn/*/guard"):
            with suppress(ValueError, ProcessLookupError, FileNotFoundError):
                number = int(guard.read_text())
                if str(self.base) in Path(f"/proc/{number}/cmdline").read_text():
                    os.killpg(number, 9)


def busybox() -> str | None:
    """Return the busybox of this machine, or the one that WSFIX_BUSYBOX names."""
    return os.environ.get("WSFIX_BUSYBOX") or shutil.which("busybox")


def ash(directory: Path) -> ScratchShell:
    """Return a shell that finds nothing but busybox's own tools."""
    program = busybox()
    assert program
    tools = directory / "applets"
    tools.mkdir()
    for name in subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split():
        (tools / name).symlink_to(program)
    for name in ("flock", "setsid", "unshare", "mount"):  # util-linux, on every Debian host
        found = shutil.which(name)
        if found:
            (tools / name).unlink(missing_ok=True)
            (tools / name).symlink_to(found)
    return ScratchShell(str(tools / "ash"), str(tools))


def until(condition: object, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def lines(path: Path) -> Iterator[str]:
    yield from path.read_text().splitlines() if path.exists() else ()
