"""`RequestHeader set Upgrade` is meant to hand the upgrade on, and does nothing.

Seen as: 404 with the backend's own words, as to a plain GET.
Told apart: the virtual host sets Upgrade or Connection by RequestHeader, and its target has no `upgrade=websocket`.
mod_proxy drops both headers before it asks the backend, since they are hop-by-hop.
Changed: as for apache-upgrade-not-enabled; the RequestHeader lines stay, they do no harm.
Source: RFC 9110 section 7.6.1; mod_proxy, "Protocol Upgrade"; mod_headers, RequestHeader.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.apache import Config
from wsfix.faults.apache.completing import completed
from wsfix.faults.fault import Fault
from wsfix.faults.placing import forwarded
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Link
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import Position

FAULT = Fault(
    "WS477",
    "apache-requestheader-folklore",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=(
        "apache-mod-missing",
        "apache-proxypass-order",
        "apache-location-order",
        "apache-shared-worker",
        "apache-rewrite-http-scheme",
        "apache-wrong-vhost",
    ),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the headers are set and the upgrade is not forwarded."""
    route = seen.proxied
    places = _set_headers(seen.apache, route.server)
    if route.forwards_upgrade or not route.named or not places:
        return
    if route.why_not.startswith("RequestHeader") and not any(str(place) in route.why_not for place in places):
        return
    through = seen.observation.proxy or seen.observation.outside
    yield FAULT.finding(
        "RequestHeader cannot hand the upgrade on: mod_proxy drops Upgrade and Connection, and asks for neither",
        *(seen.at(place) for place in places),
        Evidence(str(route.position), route.why_not),
        *(answer(walk) for walk in (through, seen.observation.backend) if walk is not None),
        severity=seen.severity_at_proxy,
    )


def _set_headers(config: Config, server: Position) -> list[Position]:
    nodes = [child for node in config.server(server).nodes for child in node.walk()]
    return [
        node.position
        for node in nodes
        if node.name == "requestheader" and [arg.lower() for arg in node.args[:2]] in _SETS
    ]


_SETS = [[verb, name] for verb in ("set", "add", "append") for name in ("upgrade", "connection")]


def cure(seen: Seen, _finding: Finding) -> Iterator[Config | Link]:
    """Hand the upgrade on."""
    yield from completed(seen, forwarded(seen), FAULT.code)
