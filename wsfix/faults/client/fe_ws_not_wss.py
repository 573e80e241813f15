"""A page that came over TLS opens a socket without TLS.

Seen as: `SecurityError: An insecure WebSocket connection may not be initiated from a page loaded over HTTPS`; nothing
reaches the server.
Told apart: a file of the page words an address that begins with ws://, and the same place does not choose between that and
wss:// by the page's protocol; the site's page has an origin of https.
Changed: nothing; the code is the page's. The line and the text to write are shown.
Source: W3C, "Mixed Content"; WHATWG WebSockets.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.javascript import insecure_addresses
from wsfix.faults.client.fe_hardcoded_localhost import own_address, places, served
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS702", "fe-ws-not-wss", Hop.CLIENT, Safety.ADVICE, covers=("mixed-content-ws",))


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire once, with every place."""
    if not any(origin.startswith("https://") for origin in seen.site.page_origins):
        return
    held = [(source, address) for source in served(seen) for address in insecure_addresses(source.lines)]
    if not held:
        return
    yield FAULT.finding(
        f"a page of {seen.site.page_origins[0]} opens {held[0][1].text}; browsers refuse that without asking the server",
        *places(held),
        severity=Severity.WARNING,
        advice=f"Write wss:// there, or the page's own address: {own_address(seen)}; then build the page anew.",
    )
