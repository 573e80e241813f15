"""The packet filter as nftables holds it (nft(8), libnftables-json(5)): read and reported, never changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from wsfix.facts.fragment import Fact
from wsfix.model.inside import Firewall, Rule

FRAGMENT = r"""
if [ "$(id -u)" = 0 ] && command -v nft >/dev/null; then
  rules=$(nft -j list ruleset 2>/dev/null) && { echo nftables; printf '%s\n' "$rules"; }
fi
"""
"""Prints nothing where the rules may not be read."""

_FAMILIES = {"ip": ("v4",), "ip6": ("v6",), "inet": ("v4", "v6")}
_POLICY = {"accept": "allow", "drop": "deny"}
_VERDICTS = {"accept": "allow", "drop": "deny", "reject": "reject"}
_DEPTH = 4


class Nftables(Fact):
    """Which TCP ports the chains of the input hook let in from anywhere, as far as it can be told."""

    def command(self) -> str:
        """Word the fragment."""
        return FRAGMENT

    @classmethod
    def read(cls, lines: list[str]) -> Firewall | None:
        """Return the filter; None where the rules may not be read."""
        return read_ruleset(lines) if lines else None


def read_ruleset(lines: list[str]) -> Firewall:
    """Read the one chain of each family that filters what comes in; several after one another are not told."""
    listed: list[dict[str, Any]] = json.loads("\n".join(lines[1:])).get("nftables", [])
    chains = [item["chain"] for item in listed if "chain" in item]
    inputs = [each for each in chains if each.get("hook") == "input" and each["family"] in _FAMILIES]
    held: dict[tuple[str, str, str], list[Any]] = {
        (r["family"], r["table"], r["chain"]): [] for r in (item["rule"] for item in listed if "rule" in item)
    }
    for rule in (item["rule"] for item in listed if "rule" in item):
        held[rule["family"], rule["table"], rule["chain"]].append(rule)
    inputs = [each for each in inputs if each.get("policy") == "drop" or held.get(_key(each))]
    if not inputs:
        return Firewall("none", active=False, default_incoming="allow")
    families = tuple(family for each in inputs for family in _FAMILIES[each["family"]])
    policies = {_POLICY.get(each.get("policy", "accept"), "unknown") for each in inputs}
    if len(set(families)) != len(families) or len(policies) != 1:
        return Firewall("nftables", active=True, default_incoming="unknown")
    rules = tuple(
        Rule(action, ports, "tcp", source, family, text)
        for each in inputs
        for action, ports, source, text in _rules(held, _key(each), _DEPTH)
        for family in _FAMILIES[each["family"]]
    )
    policy = policies.pop()
    if policy == "allow" and not rules:  # such as the jumps that a ufw leaves behind, to chains that it emptied
        return Firewall("none", active=False, default_incoming="allow")
    return Firewall("nftables", True, policy, rules, families)


def _key(chain: dict[str, Any]) -> tuple[str, str, str]:
    return chain["family"], chain["table"], chain["name"]


_Told = tuple[str, frozenset[int], str, str]


def _rules(held: dict[tuple[str, str, str], list[Any]], key: tuple[str, str, str], depth: int) -> Iterator[_Told]:
    """Yield what each rule of a chain does to a new TCP connection; a rule for others is left out."""
    for rule in held.get(key, []):
        ports, source, concerns = _matches(rule.get("expr", []))
        if not concerns:
            continue
        text = f"{key[0]} {key[1]} {key[2]} handle {rule.get('handle')}"
        for statement in rule.get("expr", []):
            verdict = next((word for word in _VERDICTS if word in statement), None)
            target = next((statement[word]["target"] for word in ("jump", "goto") if word in statement), None)
            if verdict is not None:
                yield _VERDICTS[verdict], ports, source, text
            elif target is not None and depth and not ports and source == "any":
                yield from _rules(held, (key[0], key[1], target), depth - 1)
            elif "vmap" in statement:
                yield from _mapped(statement["vmap"], source, text)
            elif target is not None or "return" in statement:
                yield "unknown", ports, f"where {text}", text


def _matches(expressions: list[dict[str, Any]]) -> tuple[frozenset[int], str, bool]:
    """Return the ports that a rule is about, what else it asks, and whether a new TCP connection can be meant."""
    ports: frozenset[int] = frozenset()
    source = "any"
    for said in expressions:
        match = said.get("match")
        if match is None:
            source = "where limit" if "limit" in said or "xt" in said else source
            continue
        left, right, operator = match["left"], match["right"], match["op"]
        field = f"{_first(left)} {_field(left)}"
        if field in {"payload tcp dport", "payload th dport"} and operator in {"==", "in"}:
            ports = frozenset(_numbers(right))
        elif _is_foreign(field, right):
            return ports, source, False
        elif field in _NEUTRAL:
            continue
        elif field in {"payload ip saddr", "payload ip6 saddr"} and operator == "==":
            source = json.dumps(right)
        else:
            source = f"where {field}"
    return ports, source, True


def _mapped(vmap: dict[str, Any], source: str, text: str) -> Iterator[_Told]:
    """Yield what a verdict map does: `tcp dport vmap { 22 : accept }`; one by the state says nothing of new connections."""
    field = f"{_first(vmap['key'])} {_field(vmap['key'])}"
    data = vmap["data"]
    pairs = data.get("set", []) if isinstance(data, dict) else []
    if field == "ct state" and all("new" not in _texts(value) for value, _ in pairs):
        return
    if field not in {"payload tcp dport", "payload th dport"} or not pairs:
        yield "unknown", frozenset(), f"where {text}", text
        return
    for value, verdict in pairs:
        action = next((told for word, told in _VERDICTS.items() if word in verdict), "unknown")
        yield action, frozenset(_numbers(value)), source if action != "unknown" else f"where {text}", text


_PROTOCOL = frozenset({"meta l4proto", "payload ip protocol", "payload ip6 nexthdr"})
_NEUTRAL = _PROTOCOL | {"ct state"}


def _is_foreign(field: str, right: Any) -> bool:
    """Whether a match leaves out every new TCP connection from another machine."""
    texts = _texts(right)
    if field in _PROTOCOL:
        return "tcp" not in texts
    if field == "ct state":
        return "new" not in texts
    return (field in {"meta iif", "meta iifname"} and texts == {"lo"}) or field.startswith(
        ("payload udp", "payload icmp")
    )


def _first(left: Any) -> str:
    return next(iter(left)) if isinstance(left, dict) and left else ""


def _field(left: Any) -> str:
    if not isinstance(left, dict) or not left:
        return ""
    said = next(iter(left.values()))
    if not isinstance(said, dict):
        return ""
    return f"{said.get('protocol', '')} {said.get('field', said.get('key', ''))}".strip()


def _texts(right: Any) -> set[str]:
    if isinstance(right, dict):
        right = right.get("set", [])
    return {str(each) for each in right} if isinstance(right, list) else {str(right)}


def _numbers(right: Any) -> Iterator[int]:
    """Yield the ports of a number, a set or a range; a service's name is none."""
    held = right.get("set", [right]) if isinstance(right, dict) else right
    for each in held if isinstance(held, list) else [held]:
        if isinstance(each, int):
            yield each
        elif isinstance(each, dict) and "range" in each and all(isinstance(end, int) for end in each["range"]):
            yield from range(each["range"][0], each["range"][1] + 1)
