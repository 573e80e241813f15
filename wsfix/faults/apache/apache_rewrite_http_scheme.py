"""A RewriteRule with [P] proxies the socket to http://, and no worker there forwards the upgrade.

Seen as: 404 with the backend's own words, as to a plain GET.
Told apart: the route is a RewriteRule's, its target begins with http://, and no ProxyPass with `upgrade=websocket`
covers that target.
Changed: the scheme in that rule becomes ws:// (wss:// for https://); nothing else. Plain requests are answered as before.
Source: mod_proxy, "Protocol Upgrade"; mod_proxy_wstunnel.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.apache import Config
from wsfix.faults.apache.completing import completed
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Link
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS474",
    "apache-rewrite-http-scheme",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("apache-mod-missing", "apache-wrong-vhost"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a rule proxies to http:// and the upgrade is lost."""
    route = seen.proxied
    if route.forwards_upgrade or not route.named or not is_rule(route.match):
        return
    if route.upstream is None or route.upstream.scheme not in {"http", "https"}:
        return
    if route.why_not.startswith("RequestHeader"):
        return
    evidence = [seen.at(route.position), Evidence(str(route.position), route.why_not)]
    through = seen.observation.proxy or seen.observation.outside
    evidence += [answer(walk) for walk in (through, seen.observation.backend) if walk is not None]
    yield FAULT.finding(
        f"`{route.match}` proxies to {route.upstream.scheme}://{route.upstream.address}, which carries no upgrade",
        *evidence,
        severity=seen.severity_at_proxy,
    )


def is_rule(match: str) -> bool:
    """Whether a route was taken by a RewriteRule."""
    return match.lower().startswith("rewriterule ")


def cure(seen: Seen, _finding: Finding) -> Iterator[Config | Link]:
    """Name the scheme that carries it."""
    yield from completed(seen, [seen.apache.forward_upgrade(seen.route)], FAULT.code)
