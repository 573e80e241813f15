"""Packets to the port never reach the host: a filter before it drops them, as a cloud's security group does.

Seen as: CONNECTING until the browser gives up; often on a second port such as 8001 or 8443, opened on the host alone.
Told apart: the proxy listens for other machines and answers on the host, the host's own filter lets the port in from
anywhere, and from outside nothing comes back.
Changed: nothing; that filter is not on the host. The rule to make is shown; a path on the port that already works is the
better way.
Source: the providers' manuals (AWS: "Security group rules"; Google Cloud: "VPC firewall rules"; Azure: "Network security
groups"): what no rule lists is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.network.addresses import family, own, public
from wsfix.faults.network.filtering import verdict_of
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Connection, Failure

FAULT = Fault(
    "WS206",
    "fw-cloud-sg-extra-port",
    Hop.TCP,
    Safety.ADVICE,
    explained_by=(
        "dns-wrong-address",
        "fw-nat-elsewhere",
        "net-conntrack-table-full",
        "nginx-down",
        "apache-down",
        "proxy-down",
    ),
    covers=("fw-provider-firewall",),
)
USUAL = frozenset({80, 443})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where all that wsfix can see lets the port in, and nothing comes through."""
    walk, port, proxy = seen.outside, seen.site.port, seen.observation.proxy
    dropped = [
        c for c in walk.connections if c.failure in {Failure.TIMEOUT, Failure.REJECTED} and _may_be_here(seen, c)
    ]
    if walk.wall is not Hop.TCP or not dropped:
        return
    firewall = seen.inside.known("firewall", seen.inside.firewall)
    takes = [listener for listener in seen.listeners(port) if listener.public]
    answers = proxy is not None and (proxy.sound or (proxy.handshake is not None and proxy.handshake.reply is not None))
    if verdict_of(firewall, port) != "allow" or not takes or not answers or proxy is None:
        return
    where = ", ".join(f"{each.address} port {each.port}" for each in takes)
    off = "" if firewall.active else f"{firewall.kind}: off, " if firewall.kind == "ufw" else "no filter, "
    yield FAULT.finding(
        f"a filter before the host drops what is sent to port {port}",
        *(Evidence(f"outside, {c.address} port {port}", c.reason) for c in dropped[:2]),
        Evidence("listeners", where),
        Evidence("the host's own filter", f"{off}port {port} is let in"),
        answer(proxy),
        severity=Severity.ERROR,
        advice=_advice(port),
        subject=str(port),
    )


def _may_be_here(seen: Seen, connection: Connection) -> bool:
    """Whether the dialled address can be this host's: its own, or one that NAT translates to it."""
    address = connection.address
    return address in own(seen) or not public(seen, family(address))


def _advice(port: int) -> str:
    better = "" if port in USUAL else "; better, serve the socket under a path on 443, which comes through everywhere"
    return (
        f"Allow inbound TCP port {port} in the provider's security group or firewall, and look for a table of another "
        f"program in `nft list ruleset`{better}."
    )
