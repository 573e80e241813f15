"""What the kernel sends elsewhere before any program sees it: rules of iptables' table nat (iptables-extensions(8), REDIRECT, DNAT).

The rules of Docker stand in a chain of its own and are told by what it publishes; here are those that people wrote.
"""

from __future__ import annotations

import shlex
from itertools import pairwise

from wsfix.model.firewall import Diversion

FRAGMENT = r"""
if [ "$(id -u)" = 0 ]; then
  iptables -t nat -S PREROUTING 2>/dev/null | awk '/^-A PREROUTING .*-j (REDIRECT|DNAT) / { print "diverts v4 " NR - 1 " " $0 }'
  ip6tables -t nat -S PREROUTING 2>/dev/null | awk '/^-A PREROUTING .*-j (REDIRECT|DNAT) / { print "diverts v6 " NR - 1 " " $0 }'
fi
"""

_READ = frozenset({"-p", "-m", "--dport", "-j", "--to-ports", "--to-destination", "-i", "--comment"})


def read_diversions(lines: list[str]) -> tuple[Diversion, ...]:
    """Return the rules that take one TCP port from everybody elsewhere; those that hold for some alone are left out."""
    found = (_diversion(line.removeprefix("diverts ")) for line in lines if line.startswith("diverts "))
    return tuple(one for one in found if one is not None)


def _diversion(line: str) -> Diversion | None:
    """Read `v4 1 -A PREROUTING -p tcp -m tcp --dport 443 -j REDIRECT --to-ports 8443`."""
    family, number, *words = shlex.split(line)
    given = dict(pairwise(words))
    limited = {word for word in words[2:] if word.startswith("-")} - _READ
    port, to = given.get("--dport", ""), given.get("--to-ports") or given.get("--to-destination", "")
    if limited or "!" in words or given.get("-p") != "tcp" or not port.isdigit() or not to:
        return None
    return Diversion(int(port), to, family, f"{number} {' '.join(words[2:])}")
