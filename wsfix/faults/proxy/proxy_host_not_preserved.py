"""The backend is not told the public host, and so refuses the page's Origin.

Seen as: 403 through the proxy, 101 straight at the backend with the public Host (Channels, tornado, Go, Rails).
Told apart: the path and the upgrade are right, and only Host differs between the two. Caddy and HAProxy hand Host on by
themselves: a line sets it to something else (`header_up Host {upstream_hostport}`, `http-request set-header Host`).
Changed: behind Caddy that line is taken away; elsewhere it is shown.
Source: caddyserver.com/docs/caddyfile/directives/reverse_proxy (defaults); RFC 6455 section 10.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers import caddy, haproxy
from wsfix.drivers.config import ProxyConfig
from wsfix.faults import proxying
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS488",
    "proxy-host-not-preserved",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("proxy-site-missing", "proxy-upstream-wrong-port"),
)
_KEPT = frozenset({"", "{host}", "{hostport}", "{http.request.host}", "{http.request.hostport}"})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the same request is refused through the proxy and taken directly, and Host is not passed on."""
    yield from proxying.host_lost(FAULT, seen, _KEPT | {seen.site.host}, "what the client sent")


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig]:
    """Take away what sets it."""
    if isinstance(seen.config, caddy.Config | haproxy.Config):
        yield seen.config.keep_host(seen.route)
