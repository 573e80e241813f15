"""The socket wants a credential, and the clients of the inventory bring none.

Seen as: 401, or 101 and a close with 1008, 4401 and the like; with a token it works.
Told apart: the refusal is worded as one for want of a credential, and the inventory names none. A bare 403 is left out:
it may be an origin or an unknown route.
Changed: nothing: name the credential, and wsfix proves the socket with it.
Source: RFC 6455 section 10.5 (client authentication) and section 7.4.1 (1008); RFC 9110 section 15.5.2 (401).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import refused
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Walk

FAULT = Fault(
    "WS641",
    "auth-missing-token",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=(
        "auth-httpbearer-on-ws",
        "pusher-app-key",
        "nginx-deny-allow",
        "nginx-auth-basic",
        "nginx-auth-request",
        "nginx-underscore-header",
    ),
)
UNAUTHORIZED, FORBIDDEN = 401, 403


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a socket without a credential is refused for that."""
    walk = refused(seen)
    probe, talk = seen.site.probe, seen.site.socketio
    if probe.login or probe.token or probe.headers_from_env or probe.query_from_env or talk.auth:
        raise NotApplicable
    if walk.status == FORBIDDEN or (walk.session is not None and walk.session.refusal) or _of_a_gate(walk):
        return
    if any(each.accepted for each in walk.other_origins):
        return
    yield FAULT.finding(
        "the socket wants a credential, and the inventory names none",
        answer(walk),
        severity=seen.severity,
        advice=(
            "Name what the clients bring as `probe.token`: where it comes from (value, path, or the answer to "
            "`probe.login`) and its place (query, header, cookie or subprotocol)."
        ),
    )


def _of_a_gate(walk: Walk) -> bool:
    """Whether a proxy asks for a password of its own (Basic), which is no matter of the application."""
    reply = walk.handshake.reply if walk.handshake else None
    asked = reply.header("www-authenticate") or "" if reply is not None else ""
    return asked.lower().startswith(("basic", "digest"))
