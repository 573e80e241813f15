"""The machine that wsfix itself runs on (pyinfra's @local), asked in the same way as a host behind SSH."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import signal
import socket
import subprocess
import time
from dataclasses import dataclass

from wsfix.errors import LookFailed
from wsfix.shell import Privilege, Ran, why_no_shell


@dataclass(frozen=True, slots=True)
class LocalShell:
    """The machine that wsfix itself runs on (pyinfra's @local)."""

    name: str
    privilege: Privilege

    def run(self, script: str, timeout: float) -> Ran:
        """Run the script in one process."""
        deadline = time.monotonic() + timeout
        ready = f"wsfix-{secrets.token_hex(8)}"
        given = f"{ready}\n{script}".encode("utf-8", "surrogateescape")
        command = ["sh", "-c", self.privilege.command(ready)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True) as process:
            try:
                seen = self._give_password(process, ready, deadline)
                said = process.communicate(given, max(0.0, deadline - time.monotonic()))
            except (subprocess.TimeoutExpired, TimeoutError):
                _end(process)
                raise LookFailed(f"{self.name}: no answer to a script within {timeout:.0f} s") from None
            except BaseException:
                _end(process)
                raise
        out, err = (data.decode("utf-8", "surrogateescape") for data in (seen + said[0], said[1]))
        if ready not in out:
            raise LookFailed(f"{self.name}: {why_no_shell(err, self.privilege)}")
        return Ran(process.returncode, out.partition(f"{ready}\n")[2], err)

    def _give_password(self, process: subprocess.Popen[bytes], ready: str, deadline: float) -> bytes:
        """Send the password once and wait for the shell; return what it said: a second, wrong, try is never made."""
        if not self.privilege.sudo or self.privilege.password is None:
            return b""
        assert process.stdin  # noqa: S101 - all three are pipes
        assert process.stdout  # noqa: S101
        assert process.stderr  # noqa: S101
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(f"{self.privilege.password}\n".encode())
            process.stdin.flush()
        seen, complaint = b"", b""
        while ready.encode() not in seen:
            readable, _, _ = select.select(
                [process.stdout, process.stderr], [], [], max(0.0, deadline - time.monotonic())
            )
            if not readable:
                raise TimeoutError
            if process.stderr in readable:
                complaint += os.read(process.stderr.fileno(), 4096)
                if b"sorry" in complaint.lower() or b"incorrect" in complaint.lower():
                    raise LookFailed(f"{self.name}: sudo refused the password of the inventory; it was tried once")
            if process.stdout in readable:
                piece = os.read(process.stdout.fileno(), 4096)
                if not piece:
                    raise LookFailed(
                        f"{self.name}: {why_no_shell(complaint.decode('utf-8', 'replace'), self.privilege)}"
                    )
                seen += piece
        return seen

    def dial(self, host: str, port: int, timeout: float) -> socket.socket:
        """Connect from this machine."""
        if host.startswith("/"):
            unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                unix.settimeout(timeout)
                unix.connect(host)
            except OSError:
                unix.close()
                raise
            return unix
        return socket.create_connection((host, port), timeout)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a script that is of no use any more, and all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
