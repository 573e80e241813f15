"""The packet filter as firewalld tells it (firewall-cmd(1)): read and reported, never changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.facts.fragment import Fact
from wsfix.model.inside import Firewall, Rule

FRAGMENT = r"""
if command -v firewall-cmd >/dev/null && [ "$(firewall-cmd --state 2>/dev/null)" = running ]; then
  echo firewalld
  zones=$(firewall-cmd --list-all-zones)
  printf '%s\n' "$zones" | sed 's/^/zone /'
  for s in $(printf '%s\n' "$zones" | sed -n 's/^ *services: //p' | tr ' ' '\n' | sort -u); do
    for f in "/etc/firewalld/services/$s.xml" "/usr/lib/firewalld/services/$s.xml"; do
      [ -r "$f" ] || continue
      tr '<' '\n' <"$f" | sed -n 's/^port //p' | grep 'protocol="tcp"' | sed -n 's/.*port="\([0-9-]*\)".*/\1/p' | sed "s/^/service $s /"
      break
    done
  done
fi
"""
"""Prints nothing where firewalld does not run."""

_TARGETS = {"default": "reject", "%%REJECT%%": "reject", "DROP": "deny", "ACCEPT": "allow"}
_RICH = re.compile(r'port port="(?P<ports>[0-9-]+)" protocol="tcp"')
_SERVICE = re.compile(r'service name="(?P<name>[^"]+)"')
_SOURCE = re.compile(r'source (?P<not>NOT )?(?:address|ipset|mac)="(?P<source>[^"]+)"')
_VERDICT = re.compile(r"\b(?P<verdict>accept|reject|drop)\b")
_ACTIONS = {"accept": "allow", "reject": "reject", "drop": "deny"}


class Firewalld(Fact):
    """Which ports firewalld lets in from anywhere, by the zone in force."""

    def command(self) -> str:
        """Word the fragment."""
        return FRAGMENT

    @classmethod
    def read(cls, lines: list[str]) -> Firewall | None:
        """Return the filter; None where firewalld does not run."""
        return read_zones(lines) if lines else None


def read_zones(lines: list[str]) -> Firewall:
    """Read the zones that are active; where there are several by interface, which of them counts is not known."""
    services: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("service "):
            _, name, port = line.split()
            services.setdefault(name, []).append(port)
    active = [zone for zone in _zones(lines) if "active" in zone["state"] and zone.get("interfaces")]
    if len(active) != 1:
        return Firewall("firewalld", active=True, default_incoming="unknown")
    zone = active[0]
    rules = [rule for rich in zone.get("rich rules", "").splitlines() for rule in _rich(rich.strip(), services)]
    rules.sort(key=lambda rule: rule.action == "allow")  # what denies comes first (firewalld.richlanguage(5))
    for name in zone.get("services", "").split():
        rules += _allowed(services.get(name, []), f"service {name}")
    rules += _allowed(
        [word.removesuffix("/tcp") for word in zone.get("ports", "").split() if word.endswith("/tcp")], "ports"
    )
    return Firewall("firewalld", True, _TARGETS.get(zone.get("target", ""), "unknown"), tuple(rules))


def _zones(lines: list[str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    key = ""
    for line in (line.removeprefix("zone ") for line in lines if line.startswith("zone ")):
        if line and not line[0].isspace():
            name, _, state = line.partition(" ")
            found.append({"name": name, "state": state})
        elif found and line.startswith("  ") and ":" in line:
            key, _, value = line.strip().partition(":")
            found[-1][key] = value.strip()
        elif found and key and line.strip():
            found[-1][key] += f"\n{line.strip()}"
    return found


def _rich(text: str, services: dict[str, list[str]]) -> Iterator[Rule]:
    verdict = _VERDICT.search(text)
    if verdict is None:
        return
    port, service, source = _RICH.search(text), _SERVICE.search(text), _SOURCE.search(text)
    if port is None and (service is not None or " port" in text or "protocol " in text or "icmp" in text):
        held = services.get(service["name"], []) if service else []
        if not held:
            return
        ports = frozenset(number for one in held for number in _numbers(one))
    else:
        ports = frozenset(_numbers(port["ports"])) if port else frozenset()
    families = ("v4",) if 'family="ipv4"' in text else ("v6",) if 'family="ipv6"' in text else ("v4", "v6")
    narrow = f"where {source[0]}" if source and source["not"] else source["source"] if source else "any"
    for family in families:
        yield Rule(_ACTIONS[verdict["verdict"]], ports, "tcp", narrow, family, text)


def _allowed(ports: list[str], text: str) -> list[Rule]:
    return [
        Rule("allow", frozenset(_numbers(port)), "tcp", "any", family, f"{text} {port}")
        for port in ports
        for family in ("v4", "v6")
    ]


def _numbers(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)
