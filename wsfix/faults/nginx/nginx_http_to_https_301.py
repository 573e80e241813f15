"""The client asks by ws://, and the server redirects plain HTTP to HTTPS.

Seen as: `Unexpected response code: 301`. Browsers do not follow a redirect of a handshake.
Told apart: by the Location beginning with https:// at the same host.
Changed: nothing; the redirect is right. The client must open wss:// instead.
Source: RFC 6455 section 4.1 (a client may follow redirects, browsers must not: WHATWG WebSockets); RFC 9110 section 15.4.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS406", "nginx-http-to-https-301", Hop.PROXY, Safety.ADVICE)
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a ws:// URL is answered with a redirect to https://."""
    walk = seen.outside
    reply = walk.handshake.reply if walk.handshake else None
    if seen.site.tls or reply is None or reply.status not in REDIRECTS:
        return
    location = reply.header("location") or ""
    if not location.startswith("https://"):
        return
    better = seen.site.url.replace("ws://", "wss://", 1)
    yield FAULT.finding(
        "the server redirects plain HTTP to HTTPS, and no browser follows a redirect of a handshake",
        answer(walk),
        Evidence("Location", location[:200]),
        severity=Severity.ERROR,
        advice=f"Open {better} in the client, and write it as the site's url in the inventory.",
    )
