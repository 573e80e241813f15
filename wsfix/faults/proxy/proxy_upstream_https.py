"""The proxy speaks TLS to a backend that speaks plain HTTP.

Seen as: 502 at once with an empty body behind Caddy, whose log says `tls: first record does not look like a TLS handshake`;
503 behind HAProxy (`SC--`, `SSL handshake failure`).
Told apart: the upstream is written with `https://`, its transport has `tls` (Caddy), or its `server` line `ssl` (HAProxy), and
the backend answers a plain handshake on that very port.
Changed: `https://` becomes `http://`, and the lines of TLS leave the transport; of a `server` line `ssl` goes with the words
that belong to it. Confirmed by the operator: traffic that was meant to be hidden goes in clear, if only on this host.
Source: caddyserver.com/docs/caddyfile/directives/reverse_proxy#https; HAProxy configuration manual, section 5.2, `ssl`, `no-ssl`.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers import caddy, haproxy
from wsfix.drivers.config import ProxyConfig
from wsfix.faults.fault import Fault
from wsfix.faults.proxy.pools import is_here
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS498",
    "proxy-upstream-https",
    Hop.PROXY,
    Safety.CONFIRM,
    explained_by=("proxy-site-missing", "proxy-upstream-wrong-port"),
    covers=("caddy-upstream-https", "haproxy-server-ssl"),
)
_UNREACHED = frozenset({502, 503})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where TLS is spoken to a port that answers plainly."""
    route = seen.proxied
    upstream = route.upstream
    if upstream is None or upstream.scheme != "https" or not seen.is_backend(upstream) or seen.works_through_proxy:
        return
    if not is_here(seen, upstream) or not seen.at_backend.sound or seen.through_proxy.status not in _UNREACHED:
        return
    yield FAULT.finding(
        f"{seen.site.proxy.word} speaks TLS to {upstream.address}, which speaks plain HTTP",
        seen.at(upstream.position or route.position),
        answer(seen.through_proxy),
        answer(seen.at_backend),
        severity=seen.severity_at_proxy,
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Speak plainly."""
    if isinstance(seen.config, caddy.Config | haproxy.Config):
        yield seen.config.speak_plainly(seen.route)
