"""Caddy takes a healthy backend for down: its health check asks for what the application does not answer with 2xx.

Seen as: 503 at once with an empty body for every request (`no upstreams available` in the journal), while the application
answers at its own port.
Told apart: the reverse_proxy that the socket takes holds an active health check (`health_uri`, `health_port`), the 503 is
Caddy's own, and the backend takes the socket when it is asked directly. Caddy's journal tells what the check was answered.
Changed: with consent the lines of the check are taken away, so that the upstream counts as up. Better is a path that the
application answers with 200: `health_uri /health`.
Source: caddyserver.com/docs/caddyfile/directives/reverse_proxy#active-health-checks.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.caddy import Config
from wsfix.faults.caddy.journal import events
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS558",
    "caddy-health-check",
    Hop.BACKEND,
    Safety.CONFIRM,
    explained_by=("proxy-upstream-wrong-port", "backend-not-running", "backend-crash-loop", "proxy-answers-itself"),
)
_UNAVAILABLE = 503


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where Caddy has no upstream left, checks the one of the route, and the backend works."""
    route = seen.proxied
    if seen.works_through_proxy or not seen.backend_works or route.upstream is None:
        return
    walk, checks = seen.through_proxy, seen.caddy.health_checks(route)
    reply = walk.handshake.reply if walk.handshake else None
    programs = [value for key, value in (reply.headers if reply else ()) if key.lower() == "server"]
    if walk.status != _UNAVAILABLE or not checks or any(value.lower() != "caddy" for value in programs):
        return
    if route.upstream.port and not seen.is_backend(route.upstream):
        return
    told = _told(seen)
    yield FAULT.finding(
        f"Caddy takes {route.upstream.address} for down, since its health check {told[0] if told else 'fails'}; the backend works",
        seen.at(checks[0].position),
        *([Evidence(f"journal of {seen.site.proxy.unit}", told[1])] if told else []),
        answer(walk),
        answer(seen.at_backend),
        severity=seen.severity_at_proxy,
        advice="Name a path that the application answers with 200: `health_uri /health`.",
    )


def _told(seen: Seen) -> tuple[str, str] | None:
    """Return what the check was answered, by Caddy's own words."""
    for event, _ in events(seen):
        if not str(event.get("logger", "")).endswith("health_checker.active"):
            continue
        said = f"{event.get('msg', '')} {event.get('error', '')}".strip()
        code = event.get("status_code")
        return (f"is answered {code}" if code else "fails"), f"{said} {code or ''}".strip()[:200]
    return None


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Check no more."""
    yield seen.caddy.without_health_checks(seen.route)
