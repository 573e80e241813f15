"""The packet filter as ufw keeps it (ufw(8), ufw-framework(8)): read from its files, which takes no Python start."""

from __future__ import annotations

from wsfix.facts.fragment import Fact
from wsfix.model.inside import Firewall, Rule

_FRAGMENT = r"""
if [ -r /etc/ufw/ufw.conf ]; then
  . /etc/ufw/ufw.conf; echo "ufw $ENABLED"
  ( . /etc/default/ufw; echo "input $DEFAULT_INPUT_POLICY"; echo "ipv6 $IPV6" )
  for f in user user6; do sed -n "s/^### tuple ### /$f /p" "/etc/ufw/$f.rules" 2>/dev/null; done
fi
"""

_POLICY = {"ACCEPT": "allow", "DROP": "deny", "REJECT": "reject"}
_FIELDS = 6
_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})


class Ufw(Fact):
    """Whether ufw is on, its default for what comes in, and its rules in order."""

    def command(self) -> str:
        """Word the fragment."""
        return fragment()

    @classmethod
    def read(cls, lines: list[str]) -> Firewall | None:
        """Return the filter; None where it may not be read."""
        return read_filter(lines)


def fragment() -> str:
    """Word the shell that prints ufw's own records."""
    return _FRAGMENT


def read_filter(lines: list[str]) -> Firewall | None:
    """Read ufw's records; None where it is not installed, or may not be read."""
    if not lines:
        return None
    _, _, enabled = lines[0].partition(" ")
    policy = next((line.partition(" ")[2] for line in lines if line.startswith("input ")), "")
    rules = (_rule(line) for line in lines if line.startswith(("user ", "user6 ")))
    return Firewall(
        kind="ufw",
        active=enabled.strip().lower() == "yes",
        default_incoming=_POLICY.get(policy.strip().strip('"'), "deny"),
        rules=tuple(rule for rule in rules if rule is not None),
        families=("v4",) if "ipv6 no" in (line.strip().lower() for line in lines) else ("v4", "v6"),
    )


def _rule(line: str) -> Rule | None:
    """Read `user allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in`: action, protocol, ports, to, source ports, from, direction.

    Between the last two stand the names of application profiles, behind them an interface (`in_eth0`) and a comment.
    """
    table, *said = line.split()
    fields = [field for field in said if not field.startswith("comment=")]
    if len(fields) < _FIELDS or fields[0].startswith("route:"):
        return None
    way = fields[-1] if len(fields) > _FIELDS else "in"
    if not way.startswith("in") or way == "in_lo":
        return None
    action, protocol, ports, target, source_ports, source = fields[:_FIELDS]
    if ports != "any" and not _ports(ports):
        return None
    narrow = [] if source in _ANYWHERE else [source]
    narrow += [] if source_ports == "any" else [f"port {source_ports}"]
    narrow += [] if target in _ANYWHERE else [f"to {target}"]
    narrow += [] if way == "in" else [f"on {way.removeprefix('in_')}"]
    return Rule(
        action=action.split("_")[0],
        ports=_ports(ports),
        protocol=protocol,
        source=" ".join(narrow) or "any",
        family="v6" if table == "user6" else "v4",
        text=" ".join(fields),
    )


def _ports(text: str) -> frozenset[int]:
    """Read `443`, `80,443`, `8000:8010` or `any`; empty means every port."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition(":")
        if first.isdigit():
            found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)
