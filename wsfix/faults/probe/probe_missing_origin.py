"""The test sends no Origin, or one that no browser sends.

Seen as: 403 in tools and not in browsers, where the server wants an Origin (AllowedHostsOriginValidator of Channels,
`origins=` of the library websockets); or the reverse: 101 in tools and 403 in browsers, since many servers check an
Origin only where there is one.
Told apart: no Origin in the command; or one with a path or a slash at its end, which equals none of a server's list.
Changed: nothing on the server; the test sends the origin of the page that opens the socket, as wsfix does.
Source: RFC 6455 section 4.1 (requirement 8: browsers must send it) and section 10.2; RFC 6454 section 6.2; the
documentation of Channels, "WebSocket Security".
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from wsfix.faults.fault import Fault
from wsfix.model.command import Command
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.redact import mask_text, printable

FAULT = Fault("WS005", "probe-missing-origin", Hop.TEST, Safety.ADVICE)


def detect(command: Command) -> Iterator[Finding]:
    """Fire where a handshake goes without the Origin that a browser would send."""
    if not command.upgrades:
        return
    origin, page = command.header("origin"), f"http{'s' if command.tls else ''}://{command.netloc}"
    if origin is None:
        told, shown = "no Origin is sent, and a browser always sends one: the answer may be another", "no Origin"
    elif "$" in origin or _is_one(origin):
        return
    else:
        told = "the Origin is no origin: it is scheme, host and port, without a path or a slash at its end"
        shown = f"Origin: {printable(mask_text(origin), 80)}"
    how = "" if command.program == "websockets" else f", such as {page}"
    yield FAULT.finding(
        told,
        Evidence("the command", shown),
        severity=Severity.WARNING,
        advice=f"Send the origin of the page that opens the socket{how}.",
    )


def _is_one(origin: str) -> bool:
    if origin == "null":
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return bool(parts.scheme and parts.hostname) and not (parts.path or parts.query or parts.fragment)
