"""A rule of NAT on the host takes the site's port elsewhere, before the proxy sees a packet.

Seen as: refused or silent from outside, while everything answers on the host; `ss` shows the proxy on the port, and ufw lets it in.
Often left from a time when the application listened on 8443 itself.
Told apart: iptables' table nat has a REDIRECT or DNAT for the port, which holds for what comes from outside and not for the
host's own connections; the handshake works on the host. Rules of Docker stand in its own chain and are not these.
Changed: with consent the rule is taken away; the undo puts it back where it stood. What loads it at the next boot is to be
corrected by hand.
Source: iptables-extensions(8), REDIRECT, DNAT; iptables(8), -D, -I.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.firewall import Diversion
from wsfix.model.hop import Hop

FAULT = Fault("WS219", "fw-nat-elsewhere", Hop.TCP, Safety.CONFIRM, explained_by=("dns-wrong-address",))


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the site fails from outside alone, and such a rule names its port."""
    walk, here = seen.outside, seen.observation.proxy
    if walk.sound or here is None or not here.sound:
        return
    rules = _rules(seen)
    if not rules:
        return
    to, port = rules[0].to, seen.site.port
    aimed = to.rpartition(":")[2]
    local = ":" not in to and aimed.isdigit()
    heard = seen.listeners(int(aimed)) if local else ()
    nobody = local and not heard
    yield FAULT.finding(
        f"iptables takes what comes to port {port} to {to}" + (", where nothing listens" if nobody else ""),
        *(Evidence(f"{_program(rule)} -t nat -S PREROUTING", rule.text.partition(" ")[2]) for rule in rules),
        *(Evidence(f"outside, {c.address} port {c.port}", c.reason) for c in walk.connections[:2] if c.reason),
        Evidence("through the proxy on its host", "101, socket proved"),
        severity=Severity.ERROR,
        advice=f"Take it away: `{_program(rules[0])} -t nat -D PREROUTING {rules[0].text.partition(' ')[2]}`; and from what "
        "loads it at the next boot (/etc/iptables/rules.v4, a script).",
        subject=str(port),
    )


def _rules(seen: Seen) -> list[Diversion]:
    """Return the rules about the site's port that lead to another one, the last of each family first."""
    firewall = seen.inside.known("firewall", seen.inside.firewall)
    port = seen.site.port
    return [one for one in reversed(firewall.diversions) if one.port == port and one.to.rpartition(":")[2] != str(port)]


def _program(rule: Diversion) -> str:
    return "ip6tables" if rule.family == "v6" else "iptables"


def cure(seen: Seen, _finding: Finding) -> Iterator[Action]:
    """Take the rules away."""
    for rule in _rules(seen):
        number, _, words = rule.text.partition(" ")
        do = f"{_program(rule)} -t nat -D PREROUTING {words}"
        undo = f"{_program(rule)} -t nat -I PREROUTING {number} {words}"
        yield Action(do=do, undo=undo, title=do, cost="keeps open sockets", faults=(FAULT.code,), rank=20)
