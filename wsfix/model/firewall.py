"""The packet filter of a host, and what it does with a packet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the packet filter, as its own tool words it."""

    action: str
    """allow, deny, reject or limit."""
    ports: frozenset[int]
    """Empty means every port."""
    protocol: str
    """tcp, udp or any."""
    source: str
    """any, or what it is limited to: an address or network, a port there, `to` an address, `on` an interface here, or
    `where` something holds that wsfix does not read."""
    family: str
    """v4 or v6."""
    text: str


@dataclass(frozen=True, slots=True)
class Diversion:
    """A rule by which the kernel takes what comes to a TCP port elsewhere."""

    port: int
    to: str
    """Another port of the host, or an address with a port."""
    family: str
    """v4 or v6."""
    text: str
    """Its number in the chain and its words, as iptables lists them."""


@dataclass(frozen=True, slots=True)
class Firewall:
    """The packet filter as far as wsfix understands it."""

    kind: str
    """ufw, firewalld, nftables, none."""
    active: bool
    default_incoming: str
    """allow, deny or reject; unknown where it could not be told."""
    rules: tuple[Rule, ...] = ()
    families: tuple[str, ...] = ("v4", "v6")
    """Those that its rules are about."""
    beside: tuple[Firewall, ...] = ()
    """Further filters that a packet has to pass: rules of iptables before those of ufw, tables of other programs."""
    diversions: tuple[Diversion, ...] = ()
    """What never comes to the port that it was sent to."""

    def holding(self, port: int) -> Firewall:
        """The filter that keeps a port out: one beside this one, or this one."""
        return next((one for one in self.beside if one.refusal(port)), self)

    def refusal(self, port: int) -> str:
        """`deny` or `reject` where a port is kept out in one of the families, else an empty text."""
        told = (self.verdict(port, family) for family in self.families)
        return next((verdict for verdict in told if verdict in {"deny", "reject"}), "")

    def rule_against(self, port: int) -> Rule | None:
        """The first rule that keeps a port out from anywhere."""
        return next(
            (
                r
                for r in self.rules
                if r.action in {"deny", "reject"} and r.source == "any" and (not r.ports or port in r.ports)
            ),
            None,
        )

    def verdict(self, port: int, family: str = "v4") -> str:
        """What happens to a TCP packet from anywhere to `port`: the first rule that matches, else the default.

        `unknown` where a rule for one interface or address comes first: which of them the packet takes is not known.
        """
        if not self.active:
            return "allow"
        others = (one.verdict(port, family) for one in self.beside if family in one.families)
        refused = next((verdict for verdict in others if verdict in {"deny", "reject"}), None)
        if refused is not None:
            return refused
        if family not in self.families:
            family = self.families[0]
        for rule in self.rules:
            if rule.family != family or rule.protocol not in {"tcp", "any"} or (rule.ports and port not in rule.ports):
                continue
            action = "allow" if rule.action == "limit" else rule.action
            if rule.source == "any":
                return action
            if rule.source.startswith(("on ", "to ", "where ")) and action != self.default_incoming:
                return "unknown"
        return self.default_incoming
