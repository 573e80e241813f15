"""The backend's port can be reached from outside, past the proxy, its TLS and its limits.

Seen as: nothing; anyone may talk to the application in clear text.
Told apart: a connection from outside to the port succeeds, or would: it listens on every address and the filter lets it in.
Changed: the rules of ufw that let the port in are deleted, and where its default lets everything in, one that denies it
is added. Where the filter is off it stays off, and the line to bind to loopback is shown instead.
Source: ufw(8); faults of this kind come from "emergency" openings of the port.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.network.fw_drops_http import UFW_FILES
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import Firewall

FAULT = Fault("WS202", "fw-backend-exposed", Hop.TCP, Safety.SAFE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for each port that must be closed and is not."""
    firewall = seen.inside.known("firewall", seen.inside.firewall)
    for port in seen.site.firewall.closed:
        reached = [c for c in seen.observation.closed_ports if c.port == port and c.failure is None]
        public = [listener for listener in seen.listeners(port) if listener.public]
        allowed = firewall.verdict(port, "v4") == "allow" or firewall.verdict(port, "v6") == "allow"
        if not reached and not (public and allowed) and not _rules(firewall, port):
            continue
        if not reached and not public:
            continue
        evidence = [
            Evidence(f"outside, {c.address} port {c.port}", f"connected in {c.seconds * 1000:.0f} ms") for c in reached
        ]
        evidence += [Evidence("listeners", f"{listener.address} port {port}") for listener in public]
        evidence += [Evidence(firewall.kind, text) for text in _rules(firewall, port)]
        curable = firewall.kind == "ufw" and firewall.active
        yield FAULT.finding(
            f"port {port} of the backend can be reached from outside, past the proxy",
            *evidence,
            severity=Severity.WARNING,
            safety=Safety.SAFE if curable else Safety.ADVICE,
            advice=f"Bind the backend to 127.0.0.1 (for uvicorn: --host 127.0.0.1), or deny TCP port {port} in the packet filter.",
            subject=str(port),
        )


def _rules(firewall: Firewall, port: int) -> list[str]:
    return [rule.text for rule in firewall.rules if rule.action in {"allow", "limit"} and port in rule.ports]


def cure(seen: Seen, finding: Finding) -> Iterator[Action]:
    """Delete what lets the port in; deny it where the default would."""
    port = int(finding.subject)
    firewall = seen.inside.known("firewall", seen.inside.firewall)
    if finding.safety is not Safety.SAFE:
        return
    rules = [rule for rule in firewall.rules if rule.action in {"allow", "limit"} and port in rule.ports]
    plain = {
        (r.action, "" if r.protocol == "any" else f"/{r.protocol}")
        for r in rules
        if r.source == "any" and r.ports == {port}
    }
    commands = {
        f"ufw delete {action} {port}{suffix}": f"ufw {action} {port}{suffix}" for action, suffix in sorted(plain)
    }
    if firewall.default_incoming == "allow" or any(r.source != "any" or r.ports != {port} for r in rules):
        commands[f"ufw insert 1 deny {port}/tcp"] = f"ufw delete deny {port}/tcp"
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
