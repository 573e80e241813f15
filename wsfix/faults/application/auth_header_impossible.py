"""The token goes into a request header, and pages cannot set one on a WebSocket.

Seen as: tools and native apps connect, browsers are always refused.
Told apart: the inventory puts the token into a header and names pages (origins) that open the socket.
Changed: nothing: the query, a cookie or a subprotocol can be sent by a page.
Source: WHATWG WebSockets, the constructor `WebSocket(url, protocols)`; RFC 6455 section 10.5.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import own, shortly
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS645", "auth-header-impossible", Hop.APPLICATION, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where pages are named and the header is the token's place; polling of Socket.IO can set headers."""
    token, site = seen.site.probe.token, seen.site
    polls = site.protocol == "socketio" and "polling" in site.socketio.transports
    if token is None or token.place != "header" or not site.origins or polls:
        raise NotApplicable
    evidence = [Evidence("inventory", f"probe.token is put into the header {token.name}; origins: {site.origins[0]}")]
    credential = own(seen).credential
    if credential is not None and credential.bare is not None:
        evidence.append(shortly("without the header", credential.bare))
    yield FAULT.finding(
        f"no page can send the header {token.name} with a WebSocket, so the proof here is no proof for {site.origins[0]}",
        *evidence,
        severity=Severity.WARNING,
        advice=(
            "Let the application take the token from the query, a cookie or a subprotocol, and name that as "
            "`probe.token.place`; or remove `origins` if only native clients connect."
        ),
    )
