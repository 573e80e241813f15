"""What the faults of packet filters share: what a filter does with a port, the words that let it in, who keeps SSH."""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.network.addresses import listens, own
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.inside import Firewall, Rule
from wsfix.model.walk import Connection, Failure

UFW_FILES = ("/etc/ufw/user.rules", "/etc/ufw/user6.rules")
LOOKS_CLOSED = frozenset({Failure.REFUSED, Failure.REJECTED})

_BY_HAND = {
    "firewalld": "`firewall-cmd --permanent --add-port={port}/tcp && firewall-cmd --reload`",
    "nftables": "`tcp dport {port} accept` in the chain of the input hook, and in the file that loads it",
}


def verdict_of(firewall: Firewall, port: int) -> str:
    """Return what happens to a port from anywhere: allow only where both families are let in."""
    verdicts = {firewall.verdict(port, "v4"), firewall.verdict(port, "v6")}
    if "unknown" in verdicts:
        return "unknown"
    return "allow" if verdicts == {"allow"} else next(iter(sorted(verdicts - {"allow"})))


def advice_for(firewall: Firewall, port: int) -> str:
    """Return the line that lets a port in."""
    if firewall.kind == "ufw":
        return f"List {port} under firewall.open in the inventory, or run `ufw allow {port}/tcp`."
    rule = firewall.rule_against(port)
    if firewall.kind == "iptables" and rule is not None:
        return f"Take it away: `{_program(rule)} -D INPUT {rule.text.partition(' ')[2]}`; and from what loads it at the next boot."
    if rule is not None and " handle " in rule.text:
        return f"Take it away: `nft delete rule {rule.text}`; and from the file that loads it."
    words = _BY_HAND.get(firewall.kind)
    return f"Allow TCP port {port} in {firewall.kind}" + (f": {words.format(port=port)}." if words else ".")


def allowing(fault: Fault, firewall: Firewall, port: int, rank: int = 20) -> Iterator[Action]:
    """Word how ufw lets a port in: rules against this very port go, wider ones are preceded (ufw(8), prepend)."""
    against = [
        rule
        for rule in firewall.rules
        if rule.ports == {port} and rule.source == "any" and rule.action in {"deny", "reject"}
    ]
    left = [rule for rule in firewall.rules if rule not in against]
    wider = any(rule.action in {"deny", "reject"} and (not rule.ports or port in rule.ports) for rule in left)
    steps = {f"ufw delete {words}": f"ufw {words}" for words in dict.fromkeys(_words(rule, port) for rule in against)}
    steps[f"ufw {'prepend ' if wider else ''}allow {port}/tcp"] = f"ufw delete allow {port}/tcp"
    for do, undo in steps.items():
        yield Action(
            do=do,
            undo=undo,
            title=do,
            cost="keeps open sockets",
            faults=(fault.code,),
            keeps=UFW_FILES,
            rank=rank,
        )


def lifted(firewall: Firewall, port: int) -> list[Rule]:
    """Return the rules of iptables that can be taken away: those against this very port, the last first."""
    return [
        rule
        for rule in reversed(firewall.rules)
        if rule.action in {"deny", "reject"} and rule.source == "any" and rule.ports == {port}
    ]


def lifting(fault: Fault, firewall: Firewall, port: int) -> Iterator[Action]:
    """Word how they are taken away; the undo puts each back where it stood."""
    for rule in lifted(firewall, port):
        number, _, words = rule.text.partition(" ")
        do = f"{_program(rule)} -D INPUT {words}"
        undo = f"{_program(rule)} -I INPUT {number} {words}"
        yield Action(do=do, undo=undo, title=do, cost="keeps open sockets", faults=(fault.code,), rank=20)


def _program(rule: Rule) -> str:
    return "ip6tables" if rule.family == "v6" else "iptables"


def _words(rule: Rule, port: int) -> str:
    return f"{rule.action} {port}{'' if rule.protocol == 'any' else f'/{rule.protocol}'}"


def refused_here(seen: Seen) -> tuple[Connection, ...]:
    """Return the refused attempts from outside on addresses of this host at which something listens."""
    walk, port = seen.observation.outside, seen.site.port
    failed = [each for each in (walk.connections if walk else ()) if each.failure in LOOKS_CLOSED]
    if not failed:
        return ()
    return tuple(each for each in failed if each.address in own(seen) and listens(seen, port, each.address))


def is_sshd(seen: Seen, pids: tuple[int, ...]) -> bool:
    """Whether one of these processes is the SSH server."""
    processes = seen.inside.processes or {}
    return any(pid in processes and processes[pid].name == "sshd" for pid in pids)
