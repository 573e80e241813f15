"""SignalR does not know the connection that was negotiated: another process gave it out.

Seen as: 404 `No Connection with that ID`, on and off; with one process it works.
Told apart: by those words of SignalR's own.
Changed: nothing. One process, sessions that stick to one at the balancer, or clients that skip the negotiation.
Source: ASP.NET Core, "SignalR hosting and scaling" (sticky sessions); HttpConnectionDispatcher of ASP.NET Core.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.refusals import Refusal
from wsfix.faults.application.wording import said
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS654", "signalr-not-sticky", Hop.APPLICATION, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where SignalR says so."""
    walk, _ = said(seen, Refusal.STRANGER)
    yield FAULT.finding(
        "SignalR does not know the connection: the negotiation was answered by another process",
        answer(walk),
        severity=seen.severity,
        advice="Let sessions stick to one server (nginx: `ip_hash;` in the upstream), or run one process, or let the clients "
        "use `skipNegotiation: true` with the WebSockets transport.",
    )
