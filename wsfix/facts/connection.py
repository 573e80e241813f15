"""The port of the very SSH connection by which the host is looked at (sshd(8), SSH_CONNECTION)."""

from __future__ import annotations

from wsfix.facts.fragment import Fact

FRAGMENT = r"""
# sudo keeps no SSH_CONNECTION: the shell that sshd started has it, somewhere above this one
p=$$
while [ "${p:-0}" -gt 1 ]; do
  c=$(tr '\0' '\n' 2>/dev/null <"/proc/$p/environ" | sed -n 's/^SSH_CONNECTION=//p' | head -n 1)
  [ -n "$c" ] && { echo "ssh ${c##* }"; break; }
  read -r stat <"/proc/$p/stat" || break
  set -- ${stat##*\) }
  p=$2
done
"""


class SshPort(Fact):
    """The port on this host that the connection of this very session came to."""

    def command(self) -> str:
        """Word the fragment."""
        return FRAGMENT

    @classmethod
    def read(cls, lines: list[str]) -> int | None:
        """Return the port; None where the session is none of SSH."""
        return read_port(lines)


def read_port(lines: list[str]) -> int | None:
    """Read the line `ssh PORT`."""
    port = next((line.split()[1] for line in lines if line.startswith("ssh ") and len(line.split()) > 1), "")
    return int(port) if port.isdigit() else None
