"""The name leads to another machine than the host that the site lives on.

Seen as: a time-out, a refused connection, another site's page or certificate, while the server itself is well.
Told apart: on the host the proxy takes the socket, from outside something else answers or nothing, and the address is none
of the host's although it has a public one of that family. Behind NAT or a CDN the host does not have the address that
clients dial: there it is not known, and not a fault. A name that leads to a loopback address leads to the client itself.
Changed: nothing; the records of a zone are not on the host. The record to write is shown.
Source: RFC 1035 section 3.4.1; RFC 3596; hosts(5).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from wsfix.errors import NotObserved
from wsfix.faults.edge.answers import edge_outside
from wsfix.faults.fault import Fault
from wsfix.faults.network.addresses import family, is_public, own, public, source
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Walk

FAULT = Fault("WS102", "dns-wrong-address", Hop.DNS, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for the addresses that are not the host's, where its own proxy would have taken the socket."""
    walk = seen.outside
    if walk.sound or walk.wall is Hop.DNS or not walk.addresses:
        return
    proxy = seen.observation.proxy
    strange = [each for each in walk.addresses if each not in own(seen)]
    answered = next((each.address for each in walk.connections if each.failure is None), "")
    if proxy is None or not strange or answered in own(seen) or not _answers_otherwise(walk, proxy):
        return
    loops = [each for each in strange if ip_address(each).is_loopback]
    wrong = loops or [each for each in strange if is_public(each) and public(seen, family(each))]
    if not wrong:
        raise NotObserved("the host's public address", "it has none of its own; NAT or a balancer stands before it")
    if edge_outside(seen) is not None:
        raise NotObserved("the origin behind the edge", "a CDN or a balancer answers at the address of the name")
    yield _finding(seen, wrong)


def _answers_otherwise(walk: Walk, proxy: Walk) -> bool:
    """Whether what answers outside is not the host's proxy: the latter takes the socket, or shows another certificate."""
    if proxy.sound:
        return True
    one, other = walk.certificate, proxy.certificate
    if one is not None and other is not None:
        return one.sha256 != other.sha256
    return walk.wall is Hop.TCP and proxy.handshake is not None and proxy.handshake.reply is not None


def _finding(seen: Seen, wrong: list[str]) -> Finding:
    host, here = seen.site.host, [*public(seen, 4), *public(seen, 6)]
    evidence = [Evidence(source(seen), ", ".join(wrong))]
    evidence += [Evidence("addresses of the host", ", ".join(here[:4]) or "none that the Internet knows")]
    if seen.observation.proxy is not None:
        evidence += [answer(seen.outside), answer(seen.observation.proxy)]
    records = " and ".join(f"`{host}. {'AAAA' if ':' in each else 'A'} {each}`" for each in here[:2])
    what = "address in the inventory" if seen.site.address is not None else "record in the zone"
    return FAULT.finding(
        f"{host} leads to {', '.join(wrong)}, which is not this host",
        *evidence,
        severity=Severity.ERROR,
        advice=f"Correct the {what}" + (f": {records}." if records else "; mind an entry in /etc/hosts, too."),
    )
