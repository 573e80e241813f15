"""TLS ends at the edge, the origin is asked in plain HTTP, and sends everybody to https again.

Seen as: ERR_TOO_MANY_REDIRECTS for pages; 301 for the socket, whose Location is the very URL that was asked for.
Told apart: over TLS the answer redirects to the same https URL. On the host the proxy does no such thing when asked by TLS.
Changed: nothing; the edge has to ask the origin by TLS. The setting is shown.
Source: developers.cloudflare.com, "ERR_TOO_MANY_REDIRECTS" (encryption mode Flexible); RFC 9110 section 15.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from wsfix.errors import NotObserved
from wsfix.faults.edge.answers import REDIRECTS, edge_outside, refusal_outside, reply_at_proxy
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS453", "cdn-flexible-ssl-loop", Hop.PROXY, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where an https URL is redirected to itself, and not by the host's own proxy."""
    if not seen.site.tls:
        raise NotApplicable
    reply, inner = refusal_outside(seen), reply_at_proxy(seen)
    if reply is None or reply.status not in REDIRECTS or (inner is not None and inner.status in REDIRECTS):
        return
    location = reply.header("location") or ""
    if not _is_the_same(seen, location):
        return
    edge = edge_outside(seen)
    if edge is None and inner is None and seen.observation.inside is not None:
        raise NotObserved("the handshake through the proxy on the host", "so whose redirection it is cannot be told")
    who = edge.name if edge is not None else "what ends TLS before the server"
    cloudflare = "in Cloudflare, SSL/TLS > Overview: Full (strict) instead of Flexible; elsewhere "
    yield FAULT.finding(
        f"{who} asks the origin in plain HTTP, and that redirects to the same https URL without end",
        answer(seen.outside),
        Evidence("Location", location[:200]),
        severity=Severity.ERROR,
        advice=f"Let it ask by TLS: {cloudflare if edge is None or edge.name == 'Cloudflare' else ''}"
        "the origin's port 443, or send X-Forwarded-Proto and redirect only where that is not https.",
    )


def _is_the_same(seen: Seen, location: str) -> bool:
    """Whether a Location is the URL that was asked for, its query apart."""
    try:
        parts = urlsplit(location)
        port = parts.port or 443
    except ValueError:
        return False
    same_place = parts.scheme in {"https", "wss"} and parts.hostname == seen.site.host and port == seen.site.port
    return same_place and (parts.path or "/") == seen.site.path
