"""The page closes its own socket whenever a component renders anew.

Seen as: 1005 in the console again and again, or 1000, with a reconnect each time; the server's log shows a client that leaves.
Told apart: an effect of the source opens the socket and closes it in its cleanup, and it has a list of dependencies that is not
empty, or none at all: it runs again. 1005 without a close frame of the server is always the page's own close().
Changed: nothing; a note. The line is shown.
Source: RFC 6455 section 7.1.5 (1005); React, useEffect ("cleanup runs before every re-run").
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.page import closing_effects
from wsfix.faults.application.sources import line_of
from wsfix.faults.client.fe_hardcoded_localhost import served
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS709", "fe-close-1005-self-inflicted", Hop.CLIENT, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for the first such effect."""
    for source in served(seen):
        lines = closing_effects(source.text) if source.whole else ()
        if lines:
            yield FAULT.finding(
                "an effect that runs again opens the socket and closes it in its cleanup: 1005 is the page's own doing",
                *(line_of(source, line) for line in lines[:3]),
                severity=Severity.NOTE,
                advice="Open the socket in an effect with an empty list of dependencies, or outside of the component, and keep it in a ref.",
            )
            return
