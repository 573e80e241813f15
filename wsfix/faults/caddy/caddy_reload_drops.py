"""A reload of Caddy closes every open WebSocket.

Seen as: all clients reconnect at once whenever the configuration is reloaded (a deployment, a certificate put by hand,
wsfix's own repair); close code 1001 or 1006.
Told apart: Caddy's journal holds a reload, connections are open, and the socket's reverse_proxy has no stream_close_delay.
Changed: with consent, and from Caddy 2.7 on, stream_close_delay is set, so that later reloads leave the sockets open for
that long. The very reload that brings it still closes them; so a repair of wsfix that reloads Caddy while connections are
open is held back until the operator allows it.
Source: caddyserver.com/docs/caddyfile/directives/reverse_proxy#streaming; caddyserver/caddy#6420, #7222.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.caddy import Config
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS499", "caddy-reload-drops", Hop.PROXY, Safety.CONFIRM)
DELAY_SECONDS = 300


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where reloads were seen and people are connected."""
    route, config = seen.proxied, seen.caddy
    units = seen.inside.known("units", seen.inside.services)
    unit = units.get(seen.site.proxy.unit)
    said = [line for line in (unit.log if unit else ()) if '"uri":"/load"' in line or "Reloaded" in line]
    count = seen.inside.known("sockets", seen.inside.sockets).get(seen.site.port, 0)
    if not said or not count or not seen.works or config.reverse_proxy(route).last("stream_close_delay"):
        return
    knows = config.knows(2, 7)
    yield FAULT.finding(
        f"each reload of Caddy closes the open sockets; {count} connections are open now",
        Evidence(f"journal of {seen.site.proxy.unit}", said[-1][:200]),
        seen.at(route.position),
        severity=Severity.NOTE,
        safety=Safety.CONFIRM if knows else Safety.ADVICE,
        advice=f"Set `stream_close_delay {DELAY_SECONDS}s` in the reverse_proxy"
        + (
            "."
            if knows
            else "; this needs Caddy 2.7 or newer, and this is " + (seen.proxy.version or "an unknown one") + "."
        ),
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Keep the sockets for a while."""
    yield seen.caddy.stream_close_delay(seen.route, DELAY_SECONDS)
