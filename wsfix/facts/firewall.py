"""The packet filter of the host, whichever it is: ufw where it is on, else firewalld, else plain nftables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from wsfix.facts import beside, firewalld, nat, nftables, ufw
from wsfix.facts.fragment import Fact
from wsfix.model.inside import Firewall

_FRAGMENT = f"""
said=$({ufw.fragment()})
case $said in 'ufw yes'*) printf '%s\\n' "$said"
  {beside.FRAGMENT} ;; *)
  other=$({firewalld.FRAGMENT})
  [ -n "$other" ] || other=$({nftables.FRAGMENT})
  # without nft the filter can only be one of iptables' own
  [ -n "$other" ] || [ "$(id -u)" != 0 ] || command -v nft >/dev/null ||
    # a ufw that was switched off leaves its jumps there, to chains that it emptied
    case $({{ iptables -S INPUT; ip6tables -S INPUT; }} 2>/dev/null | sed '/^-P INPUT ACCEPT$/d; /^-A INPUT -j ufw6*-/d') in
      '') other=none ;; *) other=iptables ;; esac
  printf '%s\\n' "$other" | sed 's/^/other /'
  printf '%s\\n' "$said" ;;
esac
{nat.FRAGMENT}"""

_READERS: dict[str, Callable[[list[str]], Firewall]] = {
    "firewalld": firewalld.read_zones,
    "nftables": nftables.read_ruleset,
    "iptables": lambda _: Firewall("iptables", active=True, default_incoming="unknown"),
    "none": lambda _: Firewall("none", active=False, default_incoming="allow"),
}


class PacketFilter(Fact):
    """What comes in from anywhere, as the filter that is on tells it."""

    def command(self) -> str:
        """Word the fragment."""
        return fragment()

    @classmethod
    def read(cls, lines: list[str]) -> Firewall | None:
        """Return the filter; None where none could be read."""
        return read_filter(lines)


def fragment() -> str:
    """Word the shell that asks each filter in turn."""
    return _FRAGMENT


def read_filter(lines: list[str]) -> Firewall | None:
    """Return the filter that is on; ufw where it is only installed, so that it can be switched on."""
    diverted = nat.read_diversions(lines)
    found = _that_is_on([line for line in lines if not line.startswith("diverts ")])
    if not diverted:
        return found
    return replace(found or Firewall("none", active=False, default_incoming="allow"), diversions=diverted)


def _that_is_on(lines: list[str]) -> Firewall | None:
    other = [line.removeprefix("other ") for line in lines if line.startswith("other ") and line != "other "]
    own = ufw.read_filter([line for line in lines if line and not line.startswith("other")])
    if own is not None and own.active:
        return replace(own, beside=beside.read_filters(lines))
    found = None
    if other:
        found = _READERS[other[0]](other)
    if found is not None and found.active:
        return found
    return own or found
