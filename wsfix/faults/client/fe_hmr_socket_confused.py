"""The page that is served carries the client of a development server, and that one's own socket fails.

Seen as: `WebSocket connection to 'wss://…:3000/ws' failed` or `[vite] failed to connect to websocket` again and again, which
people take for the application's socket.
Told apart: a file that is served words `/@vite/client`, `webpack-dev-server/client` or `webpack/hot/dev-server`.
Changed: nothing: a production build has none of it. The command is shown.
Source: Vite, server.hmr; webpack-dev-server, "client.webSocketURL" (its path is /ws).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.page import dev_client
from wsfix.faults.client.fe_hardcoded_localhost import served
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS707", "fe-hmr-socket-confused", Hop.CLIENT, Safety.ADVICE)
_BUILT = (".html", ".js", ".mjs")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for the first served file that carries it; sources of a build say nothing about what is served."""
    for source in served(seen):
        if "/src/" in source.path or not source.name.endswith(_BUILT):
            continue
        found = dev_client(source.lines)
        if found is not None:
            yield FAULT.finding(
                "the page carries the client of a development server, whose own socket fails in production",
                Evidence(f"{source.path}:{found[0]}", found[1]),
                severity=Severity.WARNING,
                advice="Serve a production build (`npm run build`), and not what the development server makes.",
            )
            return
