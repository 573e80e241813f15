"""The addresses of the host's own interfaces, as the kernel's tables hold them: no tool is needed (proc(5))."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from wsfix.facts.fragment import Fact

FRAGMENT = r"""
awk '/\/32 host LOCAL/ { print "v4", last } { last = $2 }' /proc/net/fib_trie | sort -u
awk '{ print "v6", $1 }' /proc/net/if_inet6
"""
_HEX_DIGITS = 32


class HostAddresses(Fact):
    """The IPv4 and IPv6 addresses that are this host's."""

    def command(self) -> str:
        """Word the fragment."""
        return FRAGMENT

    @classmethod
    def read(cls, lines: list[str]) -> frozenset[str] | None:
        """Return the addresses; None where none could be read."""
        found = {_address(*line.split()) for line in lines if len(line.split()) == 2}  # noqa: PLR2004
        return frozenset(found - {""}) or None


def _address(kind: str, text: str) -> str:
    """Read `10.0.0.2`, or the 32 digits of an IPv6 address."""
    if kind == "v6" and len(text) == _HEX_DIGITS:
        return str(IPv6Address(int(text, 16)))
    return str(ip_address(text)) if kind == "v4" else ""
