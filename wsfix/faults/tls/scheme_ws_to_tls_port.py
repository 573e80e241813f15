"""The client opens ws:// at a port that speaks TLS.

Seen as: 400 "The plain HTTP request was sent to HTTPS port" of nginx, "speaking plain HTTP to an SSL-enabled server port" of
Apache, "Client sent an HTTP request to an HTTPS server" of programs in Go; others close, or answer in bytes of TLS.
Told apart: by these words of the server.
Changed: nothing on the host; the client must open wss:// at this port.
Source: RFC 6455 section 3; ngx_http_ssl_module (error 497); mod_ssl; Go, net/http.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS309", "scheme-ws-to-tls-port", Hop.TLS, Safety.ADVICE)
_SAYS = (
    b"plain HTTP request was sent to HTTPS port",
    b"speaking plain HTTP to an SSL-enabled server port",
    b"sent an HTTP request to an HTTPS server",
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire by the server's words."""
    if seen.site.tls:
        raise NotApplicable
    walk = seen.outside
    reply = walk.handshake.reply if walk.handshake is not None else None
    if walk.sound or reply is None or not any(words in reply.body for words in _SAYS):
        return
    better = seen.site.url.replace("ws://", "wss://", 1)
    yield FAULT.finding(
        f"port {seen.site.port} speaks TLS, and the URL says ws://",
        answer(walk),
        severity=Severity.ERROR,
        advice=f"Open {better} in the client, and write it as the site's url in the inventory.",
    )
