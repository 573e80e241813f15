"""The test speaks another HTTP than 1.1: curl takes HTTP/2 where the server offers it, and HTTP/2 knows no Upgrade.

Seen as: `HTTP/2 404` or `HTTP/2 400` to `curl -i -H "Upgrade: websocket" https://…`, while browsers get through. `listen …
http2` or `Protocols h2` on the server is taken for the fault, and is none: browsers open sockets by HTTP/1.1.
Told apart: https without --http1.1 or --no-alpn; or an option that asks for HTTP/2, HTTP/3 or HTTP/1.0.
Changed: nothing on the server; the test says --http1.1. wsfix offers nothing but http/1.1 in ALPN.
Source: RFC 9113 section 8.2.2 (no Connection, no Upgrade); RFC 6455 section 4.1 (HTTP/1.1 or higher); curl(1), --http2;
NginxProxyManager/nginx-proxy-manager issue 5503.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.model.command import Command, Version
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS004",
    "probe-curl-http2-alpn",
    Hop.TEST,
    Safety.ADVICE,
    covers=("nginx-http2-listen", "apache-http2-ws"),
)

_SAYS = {
    Version.NEGOTIATED: "curl offers HTTP/2, and a server that takes it never sees the Upgrade: it answers 404 or 400",
    Version.HTTP2: "HTTP/2 carries no Upgrade header: a healthy server answers 404 or 400",
    Version.HTTP3: "HTTP/3 carries no Upgrade header: a healthy server answers 404 or 400",
    Version.HTTP10: "HTTP/1.0 has no handshake of WebSocket: servers answer 400 or 505, or close at once",
}


def detect(command: Command) -> Iterator[Finding]:
    """Fire where a handshake does not surely go by HTTP/1.1."""
    if not command.upgrades or command.version is Version.HTTP11:
        return
    told = _SAYS[command.version]
    if command.version is Version.NEGOTIATED and not command.tls:
        told = "--http2 asks for h2c by an Upgrade of its own, beside that of the socket"
    how = "HTTP version: by ALPN" if command.version is Version.NEGOTIATED else f"HTTP version: {command.version.value}"
    yield FAULT.finding(
        told,
        Evidence("the command", how),
        severity=Severity.ERROR,
        advice="Add --http1.1, and take other --http… away.",
    )
