"""The same token is good for the REST API and not for the socket.

Seen as: the page works and its socket does not: 403, 1008, or Unauthorized from Socket.IO.
Told apart: wsfix asks both with one token, or the API has just given the token out for the socket. So it is neither
expired nor malformed; the two verify it differently: another secret, another claim (`sub` holds an e-mail and the socket's
code awaits an id), another place (header here, query there).
Changed: nothing: the verification of the socket is the application's code.
Source: RFC 7519 section 4.1.2 (sub); RFC 6750.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import carried, refused, shortly, told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Credential, Exchange

FAULT = Fault(
    "WS643",
    "auth-rest-vs-ws-differs",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=(
        "auth-token-expired",
        "auth-httpbearer-on-ws",
        "env-value-wrong",
        "env-not-loaded",
        "ws-route-missing",
        "nginx-deny-allow",
        "nginx-auth-basic",
        "nginx-auth-request",
        "nginx-underscore-header",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the API takes the token that the socket refuses."""
    walk = refused(seen)
    credential = carried(walk)
    at_rest = credential.rest or _given(seen, credential)
    if at_rest is None or any(each.accepted for each in walk.other_origins):
        raise NotApplicable
    if at_rest.failure is not None:
        return
    evidence: list[Evidence] = [answer(walk), told(at_rest)]
    if credential.bare is not None:
        evidence.append(shortly("without the token", credential.bare))
    yield FAULT.finding(
        "the REST API takes the token that the socket refuses"
        if credential.rest is not None
        else "the socket refuses the token that the site's own API gave out for it a moment before",
        *evidence,
        severity=seen.severity,
        advice=(
            f"Compare how the two verify it: the secret, the claim that names the user, and whether the socket reads it "
            f"from where the clients put it ({credential.place} {credential.name}). The REST side is right."
        ),
    )


def _given(seen: Seen, credential: Credential) -> Exchange | None:
    """Return the request by which the site gave this very token out."""
    token, login = seen.site.probe.token, seen.site.probe.login
    if token is None or token.value is not None:
        return None
    given_at = token.path or (login.path if login is not None else "")
    return next((step for step in reversed(credential.steps) if step.path == given_at), None)
