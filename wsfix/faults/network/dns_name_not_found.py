"""The name of the URL has no address, or no name server answers for it.

Seen as: ERR_NAME_NOT_RESOLVED for page and socket; 1006 at once, or after some seconds where the name servers are silent.
Told apart: nothing was connected at all; the resolver said that there is no such name, no address, or nothing.
Changed: nothing; the records of a zone are not on the host. The record to make is shown, with the host's own public
addresses where it was looked at.
Source: RFC 1035 section 3.2.1; RFC 2308 (NXDOMAIN and NODATA); getaddrinfo(3), EAI_NONAME and EAI_AGAIN.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.network.addresses import public
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure

FAULT = Fault("WS101", "dns-name-not-found", Hop.DNS, Safety.ADVICE, covers=("dns-no-answer",))


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the walk from outside ended at the name."""
    walk, host = seen.outside, seen.site.host
    if walk.wall is not Hop.DNS:
        return
    silent = any(phase.name == "resolve" and phase.failure is Failure.TIMEOUT for phase in walk.phases)
    yield FAULT.finding(
        f"no name server answers for {host}" if silent else f"the name {host} has no address",
        Evidence("resolver", walk.reason or "no address"),
        severity=Severity.ERROR,
        advice=_advice(seen, silent=silent),
    )


def _advice(seen: Seen, *, silent: bool) -> str:
    host = seen.site.host
    if silent:
        return (
            f"Ask each name server of the zone (`dig NS {host}`, `dig @SERVER {host}`) and mend the one that is silent."
        )
    held = (
        () if seen.observation.inside is None or seen.inside.addresses is None else (*public(seen, 4), *public(seen, 6))
    )
    records = [f"`{host}. {'AAAA' if ':' in each else 'A'} {each}`" for each in held[:2]]
    return f"Make the record {' and '.join(records) or f'`{host}. A ADDRESS`, the address of the server'} in the zone."
