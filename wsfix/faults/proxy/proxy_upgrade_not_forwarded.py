"""The proxy does not hand the upgrade on to the backend.

Seen as: the backend's answer to a plain GET: 404, 400, 426; Socket.IO silently stays on polling. A 101 without Upgrade or
Connection, or with the wrong Sec-WebSocket-Accept.
Told apart: Caddy and HAProxy hand an upgrade on by themselves, so that a line must be there by which it is lost: one that
takes Upgrade, Connection, Sec-WebSocket-Key or Sec-WebSocket-Version away or writes something else into it, one that does so
with the answer (`http-response del-header`), or HTTP/2 towards the backend. `{>Upgrade}` was a word of Caddy 1 and is sent as
it stands by Caddy 2. For a key that was taken away HAProxy makes one of its own, and the answer fits that one.
Changed: those lines are taken away, or leave a WebSocket alone where other requests have the header, too. Safe: the headers of
all other requests and answers stay as they are.
Source: caddyserver.com/docs/caddyfile/directives/reverse_proxy (headers); HAProxy Configuration Manual, http-request
del-header, http-response del-header; RFC 6455 sections 4.1 and 4.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS479",
    "proxy-upgrade-not-forwarded",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("proxy-site-missing", "proxy-websocket-location-missing"),
    covers=(
        "caddy-header-up-removes-upgrade",
        "caddy-header-up-removes-key",
        "haproxy-key-removed",
        "haproxy-response-upgrade-removed",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route proxies and the upgrade is lost on it."""
    route = seen.proxied
    if route.forwards_upgrade or not route.named:
        return
    evidence = [seen.at(route.position), Evidence(str(route.position), route.why_not)]
    through = seen.observation.proxy or seen.observation.outside
    if through is not None and not through.sound:
        evidence.append(answer(through))
    if seen.observation.backend is not None:
        evidence.append(answer(seen.observation.backend))
    yield FAULT.finding(
        f"`{route.match}` does not hand the upgrade on: {route.why_not}", *evidence, severity=seen.severity_at_proxy
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Take away what loses it."""
    yield seen.config.forward_upgrade(seen.route)
