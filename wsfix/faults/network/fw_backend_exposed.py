"""The backend's port can be reached from outside, past the proxy, its TLS and its limits.

Seen as: nothing; anyone may talk to the application in clear text.
Told apart: a connection from outside to the port succeeds, or would: it listens on every address and the filter lets it in
from anywhere. A rule for one network, address or interface is the operator's wish and no finding, unless the port was
reached from where wsfix runs.
Changed: the rules of ufw that let the port in from anywhere are deleted; where its default or a wider rule lets it in, one
that denies it is put first. Where only a narrow rule lets it in, that is done with consent. Where the filter is off it
stays off, and the line to bind to loopback is shown instead.
Source: ufw(8); faults of this kind come from "emergency" openings of the port.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.network.filtering import UFW_FILES
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import Firewall, Rule

FAULT = Fault(
    "WS202", "fw-backend-exposed", Hop.TCP, Safety.SAFE, explained_by=("fw-not-enabled", "fw-docker-bypasses-ufw")
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for each port that must be closed and is not."""
    firewall = seen.inside.known("firewall", seen.inside.firewall)
    for port in seen.site.firewall.closed:
        reached = [c for c in seen.observation.closed_ports if c.port == port and c.failure is None]
        public = [listener for listener in seen.listeners(port) if listener.public]
        anyone = _anyone(firewall, port)
        if not reached and not (public and anyone):
            continue
        evidence = [
            Evidence(f"outside, {c.address} port {c.port}", f"connected in {c.seconds * 1000:.0f} ms") for c in reached
        ]
        evidence += [Evidence("listeners", f"{listener.address} port {port}") for listener in public]
        evidence += [Evidence(firewall.kind, text) for text in dict.fromkeys(r.text for r in _rules(firewall, port))]
        yield FAULT.finding(
            f"port {port} of the backend can be reached from outside, past the proxy",
            *evidence,
            severity=Severity.WARNING,
            safety=_safety(firewall, anyone=anyone),
            advice=f"Bind the backend to 127.0.0.1 (for uvicorn: --host 127.0.0.1), or deny TCP port {port} in the packet filter.",
            subject=str(port),
        )


def _safety(firewall: Firewall, *, anyone: bool) -> Safety:
    if firewall.kind != "ufw" or not firewall.active:
        return Safety.ADVICE
    return Safety.SAFE if anyone else Safety.CONFIRM


def _anyone(firewall: Firewall, port: int) -> bool:
    """Whether the filter lets the port in from anywhere."""
    return "allow" in {firewall.verdict(port, "v4"), firewall.verdict(port, "v6")}


def _rules(firewall: Firewall, port: int) -> list[Rule]:
    """Return the rules that let the port in, those for everything left out."""
    return [rule for rule in firewall.rules if rule.action in {"allow", "limit"} and port in rule.ports]


def cure(seen: Seen, finding: Finding) -> Iterator[Action]:
    """Delete what lets the port in from anywhere; deny it where something wider would."""
    port = int(finding.subject)
    firewall = seen.inside.known("firewall", seen.inside.firewall)
    rules = [rule for rule in _rules(firewall, port) if rule.source == "any"]
    plain = {(r.action, "" if r.protocol == "any" else f"/{r.protocol}") for r in rules if r.ports == {port}}
    commands = {
        f"ufw delete {action} {port}{suffix}": f"ufw {action} {port}{suffix}" for action, suffix in sorted(plain)
    }
    left = tuple(rule for rule in firewall.rules if not (rule in rules and rule.ports == {port}))
    if finding.safety is Safety.CONFIRM or _anyone(Firewall("ufw", True, firewall.default_incoming, left), port):
        commands[f"ufw prepend deny {port}/tcp"] = f"ufw delete deny {port}/tcp"
    for do, undo in commands.items():
        yield Action(
            do=do,
            undo=undo,
            title=do,
            cost="keeps open sockets through the proxy",
            faults=(FAULT.code,),
            keeps=UFW_FILES,
            rank=20,
        )
