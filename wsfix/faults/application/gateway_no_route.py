"""An API gateway in front of the application knows no route or stage for the URL.

Seen as: 403 `{"message":"Missing Authentication Token"}` or `{"message":"Forbidden"}`, whatever token is sent.
Told apart: the answer has the gateway's own request id in its headers, and those very words; no token is missing.
Changed: nothing; the stage, or the custom domain's mapping, is in the cloud account.
Source: Amazon API Gateway, "Gateway response types" (MISSING_AUTHENTICATION_TOKEN: an unknown method or path).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.refusals import Refusal
from wsfix.faults.application.wording import said
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS656", "gateway-no-route", Hop.APPLICATION, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the gateway says so."""
    walk, found = said(seen, Refusal.NO_ROUTE)
    yield FAULT.finding(
        f"{found.by} has no route for {seen.site.path}",
        answer(walk),
        severity=seen.severity,
        advice="The URL of a WebSocket API is `wss://ID.execute-api.REGION.amazonaws.com/STAGE`: name the stage, or map it to "
        f"{seen.site.host} under custom domain names.",
    )
