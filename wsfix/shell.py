"""What a shell on a host is to wsfix: a script goes in through standard input, and its end comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Ran:
    """The end of a script on a host."""

    status: int
    stdout: str
    stderr: str


class Shell(Protocol):
    """A way to run a POSIX shell script on a host with the rights that the inventory gives."""

    def run(self, script: str, timeout: float) -> Ran:
        """Run the script; raises LookFailed where the connection, the login or sudo fails."""

    def dial(self, host: str, port: int, timeout: float) -> Any:
        """Open a connection from the host to `host:port`, or to the unix socket that `host` is; raises OSError like a socket."""


@dataclass(frozen=True, slots=True)
class Privilege:
    """How root's rights are had: not at all, by sudo, by sudo with a password."""

    sudo: bool = False
    user: str = ""
    password: str | None = field(default=None, repr=False)

    def command(self, ready: str) -> str:
        """Word the remote command; the shell swallows everything up to the line `ready` before it reads a script.

        Where sudo asks for no password, the line that holds it would otherwise be run as a command.
        """
        shell = f"sh -c 'echo {ready}; while IFS= read -r l; do [ \"$l\" = {ready} ] && break; done; exec sh -s'"
        if not self.sudo:
            return shell
        user = f" -u {self.user}" if self.user else ""
        ask = "-S -p ''" if self.password is not None else "-n"
        return f"sudo {ask}{user} -- {shell}"


def why_no_shell(err: str, privilege: Privilege) -> str:
    """Say why the shell was not had, from what sudo or the shell complained of."""
    complaint = " ".join(err.split())[:200]
    if "password is required" in err or "interactive authentication" in err:
        return (
            "sudo asks for a password and the inventory gives none: set `_sudo_password` from an environment variable, "
            "or allow this user NOPASSWD in /etc/sudoers.d"
        )
    if privilege.sudo and "not in the sudoers" in err:
        return f"this user may not use sudo: {complaint}"
    return f"no shell was had: {complaint or 'the command ended at once'}"
