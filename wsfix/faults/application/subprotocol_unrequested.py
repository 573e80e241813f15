"""The server chooses a subprotocol although the page offers none.

Seen as: `Response must not include 'Sec-WebSocket-Protocol' header if not present in request`; with Daphne the handshake is
never answered and ends after a few seconds.
Told apart: the answer is a right 101 in everything else, and names a subprotocol; the probe offered none.
Changed: nothing; the line of the application is shown, or what to name in the inventory where the pages do offer one.
Source: RFC 6455 section 4.1 (a subprotocol that was not asked for must fail the connection).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure

FAULT = Fault("WS613", "subprotocol-unrequested", Hop.APPLICATION, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the probe offered none and the 101 names one."""
    probe = seen.site.probe
    if seen.works or probe.offered or (probe.token is not None and probe.token.place == "subprotocol"):
        raise NotApplicable
    held = (seen.observation.backend, seen.observation.proxy, seen.observation.outside)
    walk = next((w for w in held if w and w.handshake and w.handshake.failure is Failure.SUBPROTOCOL), None)
    if walk is None or walk.handshake is None:
        return
    chosen = walk.handshake.subprotocol or ""
    yield FAULT.finding(
        f"the server chooses the subprotocol {chosen}, and none was offered; browsers refuse that",
        answer(walk),
        severity=seen.severity,
        advice=f"Accept without a subprotocol where none is offered (`accept(subprotocol=…)` only for one of "
        f"`scope['subprotocols']`); or, where the pages offer it, write `probe.subprotocol: {chosen}` in the inventory.",
    )
