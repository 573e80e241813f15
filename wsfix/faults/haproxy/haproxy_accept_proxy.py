"""HAProxy waits for a line of the PROXY protocol that no client sends.

Seen as: the connection is reset or closed during the TLS handshake, or without an answer on a port without TLS; pages fail as well.
Told apart: the `bind` line has `accept-proxy` (or a rule `expect-proxy layer4` without a condition stands in the frontend), and the
address that clients dial is this host's own, so that no balancer in front can write that line.
Changed: with consent the word, or the rule, is taken away. Where a balancer is still to come it stays, and clients go by the balancer.
Source: HAProxy configuration manual, sections 4.2 (`tcp-request connection expect-proxy`) and 5.1 (`accept-proxy`).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.haproxy import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure, Walk

FAULT = Fault(
    "WS212", "haproxy-accept-proxy", Hop.TCP, Safety.CONFIRM, explained_by=("proxy-down", "proxy-config-broken")
)
_CUT = frozenset({Failure.CLOSED, Failure.RESET})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the line is waited for at an address of this host that clients dial themselves."""
    if seen.works_through_proxy or seen.proxy.master is None:
        return
    line = seen.haproxy.expects_proxy_line(seen.site.port)
    if line is None:
        return
    walk, own = seen.outside, seen.inside.known("addresses", seen.inside.addresses)
    dialled = sorted({*walk.addresses, *(one.address for one in walk.connections)} & own)
    if not dialled or not _cut(walk) or not _cut(seen.through_proxy):
        return
    yield FAULT.finding(
        f"HAProxy waits for a line of the PROXY protocol on port {seen.site.port}, and clients send none",
        seen.at(line.position),
        Evidence("addresses", f"{dialled[0]} is this host's own: no balancer stands in front"),
        answer(walk),
        severity=seen.severity_at_proxy,
    )


def _cut(walk: Walk) -> bool:
    handshake = walk.handshake
    if handshake is not None:
        return handshake.reply is None and handshake.failure in _CUT
    return any(phase.failure in _CUT for phase in walk.phases)


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Wait for none."""
    yield seen.haproxy.without_expected_proxy_line(seen.site.port)
