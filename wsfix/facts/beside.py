"""What filters packets beside ufw: rules of iptables before its own, and tables of nftables that are none of its.

A packet passes where every base chain of the input hook lets it (nft(8), "Chains": accept ends one chain, drop ends all); in
the chain INPUT of iptables(8) the first rule that matches wins, and ufw's jumps come after what somebody inserted.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

from wsfix.facts.nftables import read_ruleset
from wsfix.model.firewall import Firewall, Rule

FRAGMENT = r"""
  if [ "$(id -u)" = 0 ]; then
    iptables -S INPUT 2>/dev/null | awk '/^-A/ && !/ -j ufw/ { print "beside v4 " NR - 1 " " $0 }'
    ip6tables -S INPUT 2>/dev/null | awk '/^-A/ && !/ -j ufw/ { print "beside v6 " NR - 1 " " $0 }'
    nft list tables 2>/dev/null | while read -r _ family name; do
      case "$family $name" in
        'ip filter'|'ip6 filter'|*' nat'|*' mangle'|*' raw'|bridge*|netdev*|arp*) continue ;;
      esac
      printf 'beside nft %s\n' "$(nft -j list table "$family" "$name")"
    done
  fi
"""

_TARGETS = {"ACCEPT": "allow", "DROP": "deny", "REJECT": "reject"}
_WITH_ONE = frozenset(
    {"-p", "--dport", "--dports", "-s", "-i", "--ctstate", "--state", "-j", "-m", "--reject-with", "--comment"}
)
_PLAIN = frozenset({"tcp", "multiport", "conntrack", "state", "comment"})
"""Matches that wsfix reads; another one limits the rule to something else, as does an option that it does not read."""


def read_filters(lines: list[str]) -> tuple[Firewall, ...]:
    """Return the filters that could keep a packet out; none where nothing was printed."""
    said = [line.removeprefix("beside ") for line in lines if line.startswith("beside ")]
    rules = [_iptables(line) for line in said if not line.startswith("nft ")]
    own = tuple(rule for rule in rules if rule is not None)
    found = [Firewall("iptables", True, "allow", own)] if own else []
    found += _tables(line.removeprefix("nft ") for line in said if line.startswith("nft "))
    return tuple(found)


def _tables(listed: Iterator[str]) -> Iterator[Firewall]:
    for text in listed:
        try:
            held = read_ruleset(["nftables", text])
        except json.JSONDecodeError:
            continue
        if held.active and held.default_incoming != "unknown":
            yield held


def _iptables(line: str) -> Rule | None:
    """Read `v4 3 -A INPUT -p tcp -m tcp --dport 443 -j DROP`; None where it does nothing to a new TCP connection."""
    family, number, *words = shlex.split(line)
    given = {word: words[at + 1] for at, word in enumerate(words[:-1]) if word in _WITH_ONE and word != "-m"}
    matches = {words[at + 1] for at, word in enumerate(words[:-1]) if word == "-m"}
    action = _TARGETS.get(given.get("-j", ""))
    states = given.get("--ctstate", given.get("--state", "NEW")).split(",")
    if action is None or given.get("-p", "tcp") not in {"tcp", "all"} or given.get("-i") == "lo" or "NEW" not in states:
        return None
    narrow = [given["-s"]] if "-s" in given else []
    narrow += [f"on {given['-i']}"] if "-i" in given else []
    unread = {word for word in words[2:] if word.startswith("-")} - _WITH_ONE
    narrow += ["where something else holds"] if "!" in words or matches - _PLAIN or unread else []
    return Rule(
        action=action,
        ports=frozenset(_ports(given.get("--dport") or given.get("--dports") or "")),
        protocol="tcp" if "-p" in given else "any",
        source=" ".join(narrow) or "any",
        family=family,
        text=f"{number} {' '.join(words[2:])}",
    )


def _ports(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, _, last = part.partition(":")
        if first.isdigit() and (last or first).isdigit():
            yield from range(int(first), int(last or first) + 1)
