"""Anybody can open the socket of any user: the path names the user, and nothing is asked for.

Seen as: nothing; who changes the id in the URL reads another user's messages.
Told apart: the inventory names a credential, and the same handshake without it is proved just as well.
Changed: nothing: the application must take the user from the token and not from the path.
Source: RFC 6455 section 10.5 (client authentication).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import carried, own, shortly
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS647", "ws-unauthenticated-id-in-url", Hop.APPLICATION, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a credential is configured, works, and is not needed, on a path with an id."""
    walk = own(seen)
    bare = carried(walk).bare
    if not walk.sound or bare is None or not seen.site.has_placeholder:
        raise NotApplicable
    if not bare.proved:
        return
    yield FAULT.finding(
        "the socket opens without any credential, and its path names whose it is",
        Evidence("path", seen.site.parts.path),
        shortly("without the credential", bare),
        severity=Severity.NOTE,
        advice="Let the application verify the token at the handshake and take the user from it; refuse an id that is not its.",
    )
