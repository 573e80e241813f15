"""What answers at the URL is a stream of server-sent events, and no WebSocket.

Seen as: 200 where 101 is wanted; the page's `new WebSocket` fails at once, and its `EventSource` works.
Told apart: the answer's type is text/event-stream, or the words are those of a Mercure hub.
Changed: nothing: the page has to use EventSource, or the URL is another one.
Source: WHATWG HTML, Server-sent events; the Mercure protocol, "Subscription".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.refusals import Refusal
from wsfix.faults.application.wording import said
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS653", "not-a-websocket", Hop.APPLICATION, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the answer is an event stream's."""
    walk, found = said(seen, Refusal.NO_SOCKET)
    yield FAULT.finding(
        f"{found.by} answers with server-sent events at {seen.site.path}, and takes no WebSocket there",
        answer(walk),
        severity=seen.severity,
        advice=f"Open it with `new EventSource(…)`, or correct the path of {seen.site.url}.",
    )
