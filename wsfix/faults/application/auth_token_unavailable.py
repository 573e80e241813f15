"""The credential that the socket needs cannot be had: the log-in, or the request of its token, fails.

Seen as: the clients are logged out, or never open the socket; the page says that the session has ended.
Told apart: wsfix logs in and fetches the token as the clients do, at the same address; the step that fails is named.
Changed: nothing: a wrong path or field stands in the inventory, a refusal is the application's.
Source: RFC 6265 (cookies), RFC 6750 (bearer tokens), RFC 9110 section 15.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Credential, Exchange

FAULT = Fault(
    "WS640",
    "auth-token-unavailable",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=(
        "nginx-down",
        "nginx-upstream-wrong-port",
        "nginx-upstream-localhost-ipv6",
        "apache-down",
        "apache-upstream-wrong-port",
        "proxy-down",
        "proxy-upstream-wrong-port",
        "backend-not-running",
        "backend-crash-loop",
        "systemd-type-mismatch",
        "backend-not-listening",
        "backend-port-differs",
        "backend-speaks-tls",
        "backend-event-loop-blocked",
        "backend-limit-concurrency",
        "gunicorn-sync-worker",
        "wsgi-not-asgi",
        "asgi-http-only-app",
        "application-raises",
        "redis-layer-down",
        "nginx-upstream-https-scheme",
        "nginx-upstream-unix-socket",
        "nginx-upstream-down",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire on the step that failed, at the place that is nearest to a client."""
    walk = seen.observation.outside or seen.observation.proxy or seen.observation.backend
    if walk is None or walk.credential is None or walk.credential.held:
        raise NotApplicable
    step = _failed(walk.credential)
    if step is None:
        return
    status = f"{step.reply.status}" if step.reply is not None else "no answer"
    yield FAULT.finding(
        step.reason,
        Evidence(f"{walk.place.value}, {step.path}", status),
        severity=Severity.ERROR,
        advice=(
            "Try the same request by hand. If it is right, correct `probe.login` or `probe.token` in the inventory "
            "(path, encoding, fields, field); the names of its secrets stand there, their values where wsfix runs."
        ),
    )


def _failed(credential: Credential) -> Exchange | None:
    return next((step for step in credential.steps if step.failure is not None), None)
