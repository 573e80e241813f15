"""A firewall on the way answers that the port is prohibited, as firewalld does for what its zone does not list.

Seen as: "No route to host" at once, although the host answers a ping and other ports.
Told apart: the refusal is a message of ICMP (host or administratively prohibited) and comes at once. No such host on its
network takes 3 s to say, a closed port resets the connection.
Changed: nothing; the zone and the service to add are shown.
Source: firewalld.zone(5), target default; icmp(7); RFC 1812 section 5.2.7.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.network.filtering import verdict_of
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure

FAULT = Fault("WS205", "fw-firewalld-admin-prohibited", Hop.TCP, Safety.ADVICE, explained_by=("dns-wrong-address",))
_SERVICES = {80: "--add-service=http", 443: "--add-service=https"}


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a connection from outside was prohibited, and firewalld does it or the host was not looked at."""
    port = seen.site.port
    rejected = [each for each in seen.outside.connections if each.failure is Failure.REJECTED]
    if not rejected:
        return
    evidence = [
        Evidence(f"outside, {c.address} port {port}", f"{c.reason} ({c.seconds * 1000:.0f} ms)") for c in rejected[:2]
    ]
    if seen.observation.inside is not None:
        firewall = seen.inside.known("firewall", seen.inside.firewall)
        if firewall.kind != "firewalld" or not firewall.active:
            raise NotApplicable
        evidence.append(Evidence("firewalld", f"port {port}: {verdict_of(firewall, port)}"))
    add = _SERVICES.get(port, f"--add-port={port}/tcp")
    yield FAULT.finding(
        f"a firewall rejects port {port} by a message of ICMP",
        *evidence,
        severity=seen.severity,
        advice=f"Where firewalld runs: `firewall-cmd --permanent {add} && firewall-cmd --reload`; else look for a rule "
        "that rejects with icmp host-prohibited or admin-prohibited.",
        subject=str(port),
    )
