"""A packet filter on the host stands between the proxy and the backend.

Seen as: 504 after a minute where it drops, 502 at once where it rejects; the service runs and its log shows no request.
Told apart: a socket listens at the very address that is dialled, and no connection to it comes about on the host itself. A
service that just dies or starts is told by what keeps it. Many write `-P INPUT DROP` and forget `-i lo`.
Changed: nothing; wsfix does not know which of a filter's rules are meant. The rule that lets the host talk to itself is shown.
Source: iptables(8), -i lo; nft(8), iif lo; listen(2), whose full queue drops a connection as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.keeper import keeper
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure, Walk

FAULT = Fault(
    "WS551",
    "fw-blocks-loopback",
    Hop.BACKEND,
    Safety.ADVICE,
    explained_by=("backend-event-loop-blocked", "backend-crash-loop", "backend-not-running", "backend-oom"),
)
_FILTERED = frozenset({Failure.TIMEOUT, Failure.REFUSED, Failure.REJECTED, Failure.UNREACHABLE})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where something listens at the dialled address, and nobody on the host reaches it."""
    if seen.works:
        return
    walk, port = seen.at_backend, seen.port
    failed = _failed(walk)
    held = [listener for listener in seen.listeners(port) if listener.takes(_dialled(walk))]
    if failed is None or not held:
        return
    kept = keeper(seen)
    if not kept.running or (kept.restarts and kept.young):
        return
    rejects = failed is not Failure.TIMEOUT
    yield FAULT.finding(
        f"port {port} listens, and a connection to it on the host itself is {'rejected' if rejects else 'dropped'}",
        answer(walk),
        Evidence("listeners", f"{held[0].address} port {port}"),
        severity=Severity.ERROR,
        advice="Let the host talk to itself before all other rules: `iptables -I INPUT 1 -i lo -j ACCEPT` and `iptables -I OUTPUT 1 "
        f"-o lo -j ACCEPT`; look for port {port} in `iptables -S` and `nft list ruleset`."
        + ("" if rejects else f" If there is none, the queue of the socket is full: `ss -ltn sport = :{port}`."),
    )


def _failed(walk: Walk) -> Failure | None:
    """Return how the connection itself failed; None where it came about, or was not tried."""
    if not walk.connections or any(each.failure is None for each in walk.connections):
        return None
    failure = walk.connections[-1].failure
    return failure if failure in _FILTERED else None


def _dialled(walk: Walk) -> str:
    return walk.connections[-1].address if walk.connections else ""
