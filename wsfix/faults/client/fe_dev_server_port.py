"""The page asks the port of a development server, where nothing listens in production.

Seen as: ERR_CONNECTION_REFUSED or a time-out to :3000 or :5173 in the browser's console; nothing reaches the proxy.
Told apart: an address of a socket in the page's files has the site's host, or the page's own, and such a port; the site has
another one, no page of the inventory comes from it, and nothing on the host listens there.
Changed: nothing; the code is the page's. The line and the address to write are shown.
Source: Vite, server.port (5173) and preview.port (4173); webpack, devServer.port (8080); Create React App (3000); Angular (4200).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.page import socket_addresses
from wsfix.faults.application.sources import line_of
from wsfix.faults.client.fe_hardcoded_localhost import own_address, served
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS706", "fe-dev-server-port", Hop.CLIENT, Safety.ADVICE, explained_by=("fe-env-baked-at-build",))
PORTS = frozenset({3000, 3001, 4173, 4200, 5000, 5173, 5174, 8080, 8081, 19006})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for the first file with such an address."""
    pages = {origin.rpartition(":")[2] for origin in seen.site.page_origins}
    for source in served(seen):
        for each in socket_addresses(source.text) if source.whole else ():
            if each.port not in PORTS or each.port == seen.site.port or each.host not in {"", seen.site.host}:
                continue
            if f"{each.port}" in pages or seen.listeners(each.port):
                continue
            yield FAULT.finding(
                f"the page opens its socket at port {each.port}, a development server's; the site's is {seen.site.port}",
                line_of(source, each.line),
                severity=Severity.WARNING,
                advice=f"Write {own_address(seen)} there (`location.host` has the right port), then build the page anew.",
            )
            return
