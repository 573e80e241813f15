"""Any Upgrade is handed on, not only a WebSocket's, past rules that guard other paths.

Seen as: nothing; this is no outage. A client that asks a backend for `Upgrade: h2c` gets a connection on which it may ask for
every path, and nginx no longer looks at them.
Told apart: Upgrade and Connection of the location also pass `h2c` on, and another location that proxies is closed by deny,
auth_basic, auth_request or internal. It comes to something only with a backend that takes h2c (hypercorn, Go, Jetty and others).
Changed: with consent: both headers come from maps that know `websocket` and nothing else.
Source: RFC 9113 section 3.1 (h2c is obsolete); RFC 9110 section 7.8; "h2c smuggling", Bishop Fox, 2020.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.drivers.nginx.tree import Node
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS442", "nginx-h2c-smuggling", Hop.PROXY, Safety.CONFIRM, explained_by=("nginx-connection-hardcoded",))
GUARDS = ("deny", "auth_basic", "auth_request", "internal")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where another protocol passes beside paths that the server guards."""
    route = seen.proxied
    if not route.forwards_upgrade:
        return
    guard = _guard(seen.nginx.server(route.server).node)
    if guard is None or not seen.nginx.forwards_any_upgrade(route):
        return
    lines = [header for name in ("Upgrade", "Connection") if (header := route.header(name)) is not None]
    yield FAULT.finding(
        f"`{route.match or 'server'}` hands on every Upgrade, h2c too, past the rule at {guard.position}",
        *(seen.at(header.position) for header in lines),
        seen.at(guard.position),
        severity=Severity.NOTE,
        advice="Hand on `websocket` only, by a map of $http_upgrade.",
    )


def _guard(server: Node) -> Node | None:
    """Return a rule of a location that proxies: what lies in files cannot be reached through the backend."""
    blocks = [node for node in server.walk() if node.name == "location"]
    for block in blocks:
        rules = [rule for rule in block.all(*GUARDS) if rule.args != ("off",)]
        if rules and any(node.name == "proxy_pass" for node in block.walk()):
            return rules[0]
    return None


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Hand on a WebSocket's upgrade only."""
    yield seen.nginx.limit_upgrade(seen.route)
