"""Caddy speaks TLS to a backend that speaks plain HTTP.

Seen as: 502 at once with an empty body; Caddy's log says `tls: first record does not look like a TLS handshake`.
Told apart: the upstream is written with `https://`, or its transport has `tls`, and the backend answers a plain handshake
on that very port.
Changed: `https://` becomes `http://`, and the lines of TLS leave the transport. Confirmed by the operator: traffic that
was meant to be hidden goes in clear, if only on this host.
Source: caddyserver.com/docs/caddyfile/directives/reverse_proxy#https.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.caddy import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS498",
    "caddy-upstream-https",
    Hop.PROXY,
    Safety.CONFIRM,
    explained_by=("proxy-site-missing", "proxy-upstream-wrong-port"),
)
_BAD_GATEWAY = 502


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where TLS is spoken to a port that answers plainly."""
    route = seen.proxied
    upstream = route.upstream
    if upstream is None or upstream.scheme != "https" or upstream.port != seen.backend.port or seen.works_through_proxy:
        return
    if not seen.at_backend.sound or seen.through_proxy.status != _BAD_GATEWAY:
        return
    yield FAULT.finding(
        f"Caddy speaks TLS to {upstream.address}, which speaks plain HTTP",
        seen.at(upstream.position or route.position),
        answer(seen.through_proxy),
        answer(seen.at_backend),
        severity=seen.severity_at_proxy,
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Speak plainly."""
    yield seen.caddy.speak_plainly(seen.route)
