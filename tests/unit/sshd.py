"""A real SSH connection with both ends in this process; what is asked of the host is run on this machine."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO

import paramiko

REPLY_SECONDS = 0.03
"""A command's output begins after the word that it was accepted, as sshd has it."""
SECONDS = 30


@dataclass
class Host(paramiko.ServerInterface):
    """An SSH server that lets everybody in, runs every command, and forwards as it is told."""

    environ: dict[str, str]
    forwards: str = "yes"
    """yes, prohibited (as sshd's AllowTcpForwarding no), or broken: the channel is taken and closed at once."""
    cut_after: int | None = None
    """Close the connection after so many bytes of a command's output."""
    commands: list[str] = field(default_factory=list)
    targets: dict[int, socket.socket] = field(default_factory=dict)
    channels: list[paramiko.Channel] = field(default_factory=list)
    """Kept, since paramiko closes a channel that nobody holds."""

    def get_allowed_auths(self, username: str) -> str:
        return "none"

    def check_auth_none(self, username: str) -> int:
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self.commands.append(command.decode())
        threading.Thread(target=self._run, args=(channel, command), daemon=True).start()
        return True

    def check_channel_direct_tcpip_request(
        self, chanid: int, origin: tuple[str, int], destination: tuple[str, int]
    ) -> int:
        if self.forwards == "prohibited":
            return paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        try:
            self.targets[chanid] = socket.create_connection(destination, timeout=5)
        except OSError:
            return paramiko.OPEN_FAILED_CONNECT_FAILED
        return paramiko.OPEN_SUCCEEDED

    def _run(self, channel: paramiko.Channel, command: bytes) -> None:
        time.sleep(REPLY_SECONDS)
        with subprocess.Popen(
            ["/bin/sh", "-c", command],
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            feeder = threading.Thread(target=self._feed, args=(channel, process), daemon=True)
            readers = [
                threading.Thread(target=self._give, args=(process.stdout, channel.sendall, channel), daemon=True),
                threading.Thread(
                    target=self._give, args=(process.stderr, channel.sendall_stderr, channel), daemon=True
                ),
            ]
            for thread in (feeder, *readers):
                thread.start()
            for reader in readers:
                reader.join()
            status = process.wait()
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                channel.send_exit_status(status % 256)
                channel.close()
            feeder.join(SECONDS)

    def _feed(self, channel: paramiko.Channel, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        with contextlib.suppress(OSError, EOFError):
            while piece := channel.recv(65536):
                process.stdin.write(piece)
                process.stdin.flush()
        with contextlib.suppress(OSError):
            process.stdin.close()
        while process.poll() is None and not channel.closed:
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)

    def _give(self, source: IO[bytes], send: Callable[[bytes], None], channel: paramiko.Channel) -> None:
        sent = 0
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            while piece := os.read(source.fileno(), 65536):
                if self.cut_after is not None and sent + len(piece) > self.cut_after:
                    send(piece[: self.cut_after - sent])
                    time.sleep(REPLY_SECONDS)
                    channel.get_transport().close()
                    return
                send(piece)
                sent += len(piece)


@contextlib.contextmanager
def connected(host: Host) -> Iterator[paramiko.Transport]:
    """Log in to a host; the value is the client's end."""
    ours, theirs = socket.socketpair()
    server = paramiko.Transport(theirs)
    server.add_server_key(paramiko.ECDSAKey.generate())
    server.start_server(event=threading.Event(), server=host)
    threading.Thread(target=_serve, args=(server, host), daemon=True).start()
    client = paramiko.Transport(ours)
    client.start_client(timeout=10)
    client.auth_none("root")
    try:
        yield client
    finally:
        client.close()
        server.close()
        for target in host.targets.values():
            target.close()


def _serve(server: paramiko.Transport, host: Host) -> None:
    while server.is_active():
        channel = server.accept(0.2)
        if channel is not None:
            host.channels.append(channel)
        target = host.targets.get(channel.get_id()) if channel is not None else None
        if channel is None or target is None:
            continue
        if host.forwards == "broken":
            channel.close()
            continue
        target.settimeout(None)
        threading.Thread(target=_pump, args=(channel, target), daemon=True).start()
        threading.Thread(target=_pump, args=(target, channel), daemon=True).start()


def _pump(source: socket.socket | paramiko.Channel, sink: socket.socket | paramiko.Channel) -> None:
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        while piece := source.recv(65536):
            sink.sendall(piece)
    for each in (source, sink):
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            each.close()
