"""The packet filter does not let the site's port in.

Seen as: CONNECTING until the browser gives up (20 to 75 s), or refused at once where the filter rejects.
Told apart: the port listens on the host and answers there; from outside nothing comes back; no rule allows it. Where a
rule rejects it, so that it looks closed, that is fw-rejects-looks-closed.
Changed: one rule that allows the port. The filter is never switched on or off. A port that the inventory does not list
under firewall.open is only opened with consent; so is a rule of iptables taken away that stands before those of ufw. Other
filters are named, and the line to write is shown.
Source: ufw(8); firewall-cmd(1); nft(8); iptables(8), -D.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.edge.edges import recognise
from wsfix.faults.fault import Fault
from wsfix.faults.network.filtering import advice_for, allowing, lifted, lifting, refused_here, verdict_of
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import Firewall
from wsfix.model.walk import Failure

FAULT = Fault(
    "WS201", "fw-drops-http", Hop.TCP, Safety.SAFE, explained_by=("fw-firewalld-admin-prohibited", "dns-wrong-address")
)
BLOCKED = frozenset({Failure.TIMEOUT, Failure.REFUSED, Failure.REJECTED, Failure.UNREACHABLE})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for each port that the site needs and the filter does not allow."""
    firewall = seen.inside.known("firewall", seen.inside.firewall)
    if not firewall.active:
        return
    for port in dict.fromkeys((seen.site.port, *seen.site.firewall.open)):
        verdict, holder = verdict_of(firewall, port), firewall.holding(port)
        if verdict == "allow" or (verdict == "reject" and port == seen.site.port and refused_here(seen)):
            continue
        tried = [c for c in seen.observation.outside.connections if c.port == port] if seen.observation.outside else []
        blocked = [c for c in tried if c.failure in BLOCKED]
        if verdict == "unknown" and not (blocked and seen.listeners(port)):
            continue
        evidence = [Evidence(holder.kind, _say(holder, port, verdict))]
        evidence += [Evidence(f"outside, {c.address} port {c.port}", c.reason) for c in blocked[:2]]
        yield FAULT.finding(
            f"{holder.kind} does not let port {port} in",
            *evidence,
            severity=Severity.ERROR if port == seen.site.port and not _answered(seen) else Severity.WARNING,
            safety=_safety(holder, port, asked=port in seen.site.firewall.open),
            advice=advice_for(holder, port),
            subject=str(port),
        )


def _safety(holder: Firewall, port: int, *, asked: bool) -> Safety:
    if holder.kind == "ufw":
        return Safety.SAFE if asked else Safety.CONFIRM
    return Safety.CONFIRM if holder.kind == "iptables" and lifted(holder, port) else Safety.ADVICE


def _answered(seen: Seen) -> bool:
    """Whether the filter let this very client through, and no edge before it answered: then it is not what breaks the socket."""
    walk = seen.observation.outside
    reply = walk.handshake.reply if walk is not None and walk.handshake is not None else None
    return seen.works or (reply is not None and recognise(reply) is None)


def _say(firewall: Firewall, port: int, verdict: str) -> str:
    if verdict == "unknown" and firewall.kind == "ufw":
        return f"port {port}: allowed only on one interface or to one address"
    if verdict == "unknown":
        return f"{firewall.kind} is on; what it does with port {port} could not be told"
    rule = firewall.rule_against(port)
    by = f"by rule {rule.text}" if rule is not None else f"default for incoming: {firewall.default_incoming}"
    return f"port {port}: {verdict} ({by})"


def cure(seen: Seen, finding: Finding) -> Iterator[Action]:
    """Allow the port."""
    firewall, port = seen.inside.known("firewall", seen.inside.firewall), int(finding.subject)
    holder = firewall.holding(port)
    yield from allowing(FAULT, firewall, port) if holder is firewall else lifting(FAULT, holder, port)
