"""A packet filter rejects the port, which from outside looks as if nothing listened there.

Seen as: ERR_CONNECTION_REFUSED at once, or "No route to host", as from a server that is down.
Told apart: the proxy listens at the very address that was refused and answers there from the host itself; the filter
rejects the port. Where no rule of a filter that wsfix reads does, the rejecting machine stands before the host.
Changed: as for a dropped port: one rule of ufw that allows it, with consent where the inventory does not list the port
under firewall.open. Other filters are named, and the line to write is shown.
Source: nft(8), reject (icmp port-unreachable, tcp reset); icmp(7), RFC 1122 section 3.2.2.1; ufw(8).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.network.filtering import advice_for, allowing, refused_here, verdict_of
from wsfix.faults.seen import Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS204",
    "fw-rejects-looks-closed",
    Hop.TCP,
    Safety.SAFE,
    explained_by=("fw-firewalld-admin-prohibited", "dns-wrong-address", "dns-aaaa-no-listener"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the host's own listening address was refused from outside."""
    refused, port = refused_here(seen), seen.site.port
    if not refused:
        return
    firewall = seen.inside.known("firewall", seen.inside.firewall)
    if firewall.kind == "firewalld" and firewall.active:
        return
    verdict, holder = verdict_of(firewall, port), firewall.holding(port)
    by_ufw = holder.kind == "ufw" and firewall.active and verdict == "reject"
    evidence = [Evidence(f"outside, {c.address} port {port}", c.reason) for c in refused[:2]]
    evidence.append(Evidence("listeners", ", ".join(f"{each.address} port {port}" for each in seen.listeners(port))))
    evidence.append(Evidence(holder.kind, f"port {port}: {verdict}"))
    asked = port in seen.site.firewall.open
    hand = advice_for(holder, port) if verdict != "allow" else _hidden(firewall.kind, port)
    who = holder.kind if verdict == "reject" else "a packet filter"
    yield FAULT.finding(
        f"{who} rejects port {port}, although the proxy listens there",
        *evidence,
        severity=Severity.WARNING if seen.works else Severity.ERROR,
        safety=(Safety.SAFE if asked else Safety.CONFIRM) if by_ufw else Safety.ADVICE,
        advice=hand,
        subject=str(port),
    )


def _hidden(kind: str, port: int) -> str:
    seen_by = "" if kind == "none" else f"{kind} lets it in; "
    return (
        f"{seen_by}look for a rule that rejects TCP port {port} in `nft list ruleset` and `iptables-save`, "
        "and in the filter of the network before the host."
    )


def cure(seen: Seen, finding: Finding) -> Iterator[Action]:
    """Allow the port."""
    yield from allowing(FAULT, seen.inside.known("firewall", seen.inside.firewall), int(finding.subject))
