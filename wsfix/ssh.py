"""The connection to one host: run a script that is sent through standard input, and dial from the host itself.

pyinfra logs in; what wsfix sends after that goes over the same connection, but neither through a command line nor
through pyinfra's printing of commands and output, so that it shows nowhere, at any verbosity.
"""

from __future__ import annotations

import errno
import logging
import secrets
import shlex
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import paramiko

from wsfix.errors import LookFailed
from wsfix.local import LocalShell
from wsfix.shell import Privilege, Ran, Shell, why_no_shell

if TYPE_CHECKING:
    from pyinfra.api.host import Host
    from pyinfra.api.state import State

KEEPALIVE_SECONDS = 15
_POLL_SECONDS = 0.003
_LINGER_SECONDS = 5.0
"""How long the end of the output is awaited after the exit status: a process left behind may hold it open for ever."""
_PROHIBITED = 1
"""SSH_OPEN_ADMINISTRATIVELY_PROHIBITED, RFC 4254 section 5.1."""
_NO_PROGRAM, _NO_PERMISSION = 69, 77
_NO_STATUS = -1
"""What paramiko gives for a channel that was closed without an exit status: cut off, or its shell was killed."""
_CARRY = """if command -v bash >/dev/null; then
exec bash -c 'exec 3<>/dev/tcp/{host}/{port} || exit 1; echo {connected}; cat <&3 & exec cat >&3' 2>/dev/null
elif command -v nc >/dev/null; then nc -z {host} {port} 2>/dev/null || exit 1; echo {connected}; exec nc {host} {port}
else exit 69; fi"""
_CARRY_UNIX = """if command -v perl >/dev/null; then exec perl -MSocket -e '
socket(S, PF_UNIX, SOCK_STREAM, 0) && connect(S, sockaddr_un($ARGV[0])) or exit($! == 13 ? 77 : 1); $| = 1; print "$ARGV[1]\\n";
if (!fork) {{ while (sysread(STDIN, $b, 65536)) {{ syswrite(S, $b) or last }} shutdown(S, 1); exit }}
while (sysread(S, $b, 65536)) {{ syswrite(STDOUT, $b) or last }}' {path} {connected}
elif command -v nc >/dev/null; then [ -S {path} ] || exit 1; echo {connected}; exec nc -U {path}
else exit 69; fi"""
"""perl-base is Essential on Debian; netcat-openbsd knows -U."""
_LIMIT = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SshShell:
    """A host behind pyinfra's SSH connector: one channel a script, one channel a dialled connection."""

    name: str
    transport: paramiko.Transport
    privilege: Privilege

    def run(self, script: str, timeout: float) -> Ran:
        """Run the script in one SSH command."""
        deadline = time.monotonic() + timeout
        ready = f"wsfix-{secrets.token_hex(8)}"
        try:
            channel = self.transport.open_session(timeout=timeout)
            channel.settimeout(timeout)
            channel.exec_command(self.privilege.command(ready))
            if self.privilege.sudo and self.privilege.password is not None:
                self._give_password(channel, ready, deadline)
            channel.sendall(f"{ready}\n{script}".encode("utf-8", "surrogateescape"))
            channel.shutdown_write()
            out, err = _read_both(channel, deadline)
            status = channel.recv_exit_status()
            channel.close()
        except TimeoutError:
            raise LookFailed(f"{self.name}: no answer to a script within {timeout:.0f} s") from None
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise LookFailed(f"{self.name}: the SSH connection broke: {error or type(error).__name__}") from error
        if status == _NO_STATUS:
            raise LookFailed(f"{self.name}: the SSH connection broke: it ended before the script did")
        if ready not in out:
            raise LookFailed(f"{self.name}: {why_no_shell(err, self.privilege)}")
        return Ran(status, out.partition(f"{ready}\n")[2], err)

    def _give_password(self, channel: paramiko.Channel, ready: str, deadline: float) -> None:
        """Send the password once and wait for the shell: a second, wrong, try is never made (accounts get locked)."""
        channel.sendall(f"{self.privilege.password}\n".encode())
        seen = b""
        while ready.encode() not in seen:
            if channel.recv_stderr_ready():
                complaint = channel.recv_stderr(4096).decode("utf-8", "replace")
                if "sorry" in complaint.lower() or "incorrect" in complaint.lower():
                    channel.close()
                    raise LookFailed(f"{self.name}: sudo refused the password of the inventory; it was tried once")
            if channel.recv_ready():
                seen += channel.recv(4096)
            elif channel.exit_status_ready():
                raise LookFailed(f"{self.name}: sudo ended before it gave a shell; may this user use it? (sudo -l)")
            elif time.monotonic() > deadline:
                raise TimeoutError
            else:
                time.sleep(_POLL_SECONDS)
        # what was read is only the line `ready`; the reader below must find it again
        channel.in_buffer.feed(seen)

    def dial(self, host: str, port: int, timeout: float) -> paramiko.Channel:
        """Open a forwarded channel (RFC 4254 section 7.2); where sshd forbids that, let a program on the host connect.

        To a unix socket, which is a path, always a program does it: paramiko words no channel for those.
        """
        if host.startswith("/"):
            return self._dial_by_program(host, port, timeout)
        try:
            channel = self.transport.open_channel("direct-tcpip", (host, port), ("127.0.0.1", 0), timeout=timeout)
        except paramiko.ChannelException as error:
            if error.code == _PROHIBITED:
                return self._dial_by_program(host, port, timeout)
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused") from None
        except (paramiko.SSHException, EOFError) as error:
            if "timeout" in str(error).lower():
                raise TimeoutError(errno.ETIMEDOUT, "Connection timed out") from None
            # paramiko says "Unable to open channel." where the other end hung up at once
            raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer") from None
        channel.settimeout(timeout)
        return channel

    def _dial_by_program(self, host: str, port: int, timeout: float) -> paramiko.Channel:
        """Let bash or nc on the host carry the bytes; raises OSError where neither is there or nothing answers."""
        connected = secrets.token_hex(8).encode()
        try:
            channel = self.transport.open_session(timeout=timeout)
            channel.settimeout(timeout)
            channel.exec_command(_carrying(self.privilege, host, port, connected.decode()))
            seen = b""
            while connected not in seen:
                piece = channel.recv(1 if seen else len(connected) + 1)
                if not piece:
                    status = channel.recv_exit_status()
                    if status == _NO_PROGRAM:
                        raise OSError(
                            errno.EPERM,
                            "the host has no program that connects (bash or nc; for a unix socket perl or nc)",
                        )
                    if status == _NO_PERMISSION:
                        raise PermissionError(errno.EACCES, "Permission denied")
                    raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
                seen += piece
        except paramiko.SSHException as error:
            raise TimeoutError(errno.ETIMEDOUT, f"the host did not connect: {error}") from None
        return channel


def _carrying(privilege: Privilege, host: str, port: int, connected: str) -> str:
    """Word the command that connects, says so and carries the bytes."""
    if not host.startswith("/"):
        return _CARRY.format(host=host, port=port, connected=connected)
    command = f"sh -c {shlex.quote(_CARRY_UNIX.format(path=shlex.quote(host), connected=connected))}"
    return f"sudo -n -- {command}" if privilege.sudo and privilege.password is None else command


def _read_both(channel: paramiko.Channel, deadline: float) -> tuple[str, str]:
    """Read both streams to their end; the exit status may come before the last of the output (RFC 4254 section 6.10)."""
    out, err = bytearray(), bytearray()
    ended = 0.0
    while True:
        finished = channel.exit_status_ready() and (channel.eof_received or channel.closed)
        moved = _drain(channel, out, err)
        if len(out) + len(err) > _LIMIT:
            raise OSError("the host answered with more than 32 MiB")
        if moved:
            continue
        if finished or (ended and time.monotonic() - ended > _LINGER_SECONDS):
            return out.decode("utf-8", "surrogateescape"), err.decode("utf-8", "surrogateescape")
        if time.monotonic() > deadline:
            raise TimeoutError
        if channel.exit_status_ready() and not ended:
            ended = time.monotonic()
        time.sleep(_POLL_SECONDS)


def _drain(channel: paramiko.Channel, out: bytearray, err: bytearray) -> bool:
    """Take what has come on either stream; whether there was anything."""
    moved = False
    while channel.recv_ready():
        out.extend(channel.recv(65536))
        moved = True
    while channel.recv_stderr_ready():
        err.extend(channel.recv_stderr(65536))
        moved = True
    return moved


def shell_of(state: State, host: Host) -> Shell:
    """Return the shell for a connected pyinfra host, with the rights that inventory and command line give it."""
    privilege = _privilege(state, host)
    client = getattr(host.connector, "client", None)
    transport = client.get_transport() if isinstance(client, paramiko.SSHClient) else None
    if transport is not None:
        _quicken(transport)
        return SshShell(host.name, transport, privilege)
    if host.name.startswith("@local"):
        return LocalShell(host.name, privilege)
    raise LookFailed(f"{host.name}: wsfix reaches hosts by SSH or as @local, not by {type(host.connector).__name__}")


def _quicken(transport: paramiko.Transport) -> None:
    """Send small packets at once, and notice a dead peer: paramiko sets neither.

    paramiko logs each refused channel; a refused channel is an answer here, and told in the report.
    """
    logging.getLogger("paramiko").addHandler(logging.NullHandler())
    transport.set_keepalive(KEEPALIVE_SECONDS)
    if hasattr(transport.sock, "setsockopt"):  # a jump host's channel has none
        transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _privilege(state: State, host: Host) -> Privilege:
    from pyinfra.api.arguments import pop_global_arguments  # noqa: PLC0415 - pyinfra patches threads when imported

    arguments: Callable[[str], Any] = dict(pop_global_arguments(state, host, {})[0]).get
    for other in ("_su_user", "_doas", "_dzdo"):
        if arguments(other):
            raise LookFailed(f"{host.name}: {other} is set; wsfix gains root by login or by _sudo")
    password = arguments("_sudo_password")
    return Privilege(
        sudo=bool(arguments("_sudo")),
        user=str(arguments("_sudo_user") or ""),
        password=str(password) if isinstance(password, str) and password else None,
    )
