"""The development proxy changes the Host and leaves the Origin, and the backend compares the two.

Seen as: 403 for the socket on a developer's machine only; pages and the API work there.
Told apart: the entry for the socket says `changeOrigin: true` and nothing about the Origin, and the framework is one that wants
the Origin's host to be the Host.
Changed: nothing; a note. The option is shown.
Source: http-proxy-middleware, changeOrigin; Vite, server.proxy (rewriteWsOrigin); Tornado, WebSocketHandler.check_origin.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.javascript import dev_proxies
from wsfix.faults.application.sources import line_of, page_sources
from wsfix.faults.client.fe_dev_proxy_no_ws import FILES, is_for_socket
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS711", "dev-proxy-changeorigin", Hop.CLIENT, Safety.ADVICE)
COMPARING = frozenset({"tornado"})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for each file whose entry for the socket does so."""
    if seen.site.backend is None or seen.site.backend.framework not in COMPARING:
        return
    for source in page_sources(seen):
        if not FILES.match(source.name) or not source.whole:
            continue
        for entry in dev_proxies(source.text):
            if is_for_socket(entry, seen) and entry.sockets and entry.changes_host and not entry.changes_origin:
                yield FAULT.finding(
                    "the development proxy changes the Host of the handshake and not its Origin; the backend compares them",
                    line_of(source, entry.line),
                    severity=Severity.NOTE,
                    advice=f"Take `changeOrigin` out of the entry at {source.path}:{entry.line}, or add `rewriteWsOrigin: true` (Vite).",
                    subject=source.path,
                )
                break
