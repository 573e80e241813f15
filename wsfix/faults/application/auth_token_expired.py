"""The token has expired before the handshake.

Seen as: a loop of reconnects, each refused, while a fresh log-in works; often after a laptop's sleep.
Told apart: the token's own `exp` lies in the past; it is read and not verified, and nothing else of it is kept.
Changed: nothing: the clients must fetch a fresh token before every reconnect, and so must the inventory.
Source: RFC 7519 section 4.1.4 (exp).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import carried, refused
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS642", "auth-token-expired", Hop.APPLICATION, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the server refuses a token whose end has passed."""
    walk = refused(seen)
    left = carried(walk).seconds_left
    if left is None or left > 0:
        return
    yield FAULT.finding(
        f"the token expired {_span(-left)} before the handshake",
        answer(walk),
        Evidence("exp of the token", f"{_span(-left)} ago, by the clock of this machine"),
        severity=seen.severity,
        advice=(
            "Let the clients fetch a fresh token before each connect and reconnect, never keep one. In the inventory, "
            "give `probe.token.path` instead of a token that is at hand."
        ),
    )


def _span(seconds: float) -> str:
    """Return a time in the unit that reads best."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
