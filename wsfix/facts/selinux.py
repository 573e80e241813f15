"""What SELinux lets a web server do, as its file system tells it (selinux(8), httpd_selinux(8)); no tool is needed."""

from __future__ import annotations

from wsfix.facts.fragment import Fact
from wsfix.model.inside import SeLinux

FRAGMENT = r"""
s=/sys/fs/selinux
if [ -r $s/enforce ]; then
  echo "enforce $(cat $s/enforce)"
  b=$s/booleans/httpd_can_network_connect
  [ -r "$b" ] && { read -r now _ <"$b"; echo "connect $now"; }
else
  echo "enforce 0"
fi
:
"""


class WebServers(Fact):
    """Whether SELinux is in force, and whether it lets web servers connect to other programs."""

    def command(self) -> str:
        """Word the fragment."""
        return FRAGMENT

    @classmethod
    def read(cls, lines: list[str]) -> SeLinux | None:
        """Return what is in force; None where it could not be read."""
        told = dict(line.split() for line in lines if len(line.split()) == 2)  # noqa: PLR2004
        if told.get("enforce") not in {"0", "1"}:
            return None
        return SeLinux(told["enforce"] == "1", told["connect"] == "1" if "connect" in told else None)
