"""The page itself gives the socket up before it is open.

Seen as: `WebSocket is closed before the connection is established` in the console; then, often, a second one that works.
Told apart: nginx logs 499 for the socket's path (the client went away before the answer), and the handshake succeeds for wsfix. A
backend that is slow before accept() makes clients give up, too.
Changed: nothing; a note. The page closes in its clean-up what it has just opened: React's StrictMode, a re-render, a redirect.
Source: ngx_http_request.h, NGX_HTTP_CLIENT_CLOSED_REQUEST (499); React, "StrictMode" (effects run twice in development).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.client.fe_reconnect_storm import asks_for
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS721", "fe-closed-before-established", Hop.CLIENT, Safety.ADVICE, explained_by=("backend-slow-before-accept",)
)
GONE = 499
SEVERAL = 3
RECENT = 86400.0


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where clients went away several times before they were answered, and the socket works."""
    if not seen.works or seen.inside.logs is None:
        return
    clock = seen.inside.clock
    asked = [one for one in seen.inside.logs.requests if asks_for(seen, one) and clock - one.when < RECENT]
    gone = [one for one in asked if one.status == GONE]
    if len(gone) < SEVERAL:
        return
    yield FAULT.finding(
        f"clients gave the socket up {len(gone)} times before it was open, of {len(asked)} in the log",
        Evidence(gone[-1].log, f"499 for {gone[-1].path}, last from {gone[-1].client}"),
        severity=Severity.NOTE,
        advice="Open the socket once, outside of what renders again, and close it in the clean-up only when it is open.",
    )
