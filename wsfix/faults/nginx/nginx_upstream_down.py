"""Every server of the upstream is marked `down`.

Seen as: 502 at once; `no live upstreams while connecting to upstream` in the error log.
Told apart: by the word at each server of the upstream{} that the location proxies to; the backend answers.
Changed: with consent, since somebody took it out: `down` is taken from the server that is the site's backend.
Source: ngx_http_upstream_module, server (parameter down).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.fault import Fault
from wsfix.faults.nginx.pools import ours, servers_of
from wsfix.faults.nginx.refusing import worded
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.route import RouteKind

FAULT = Fault(
    "WS439",
    "nginx-upstream-down",
    Hop.PROXY,
    Safety.CONFIRM,
    explained_by=("nginx-location-regex-steals", "nginx-wrong-vhost", "nginx-site-not-enabled"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the upstream{} has servers and none of them takes requests."""
    if seen.route.kind is not RouteKind.PROXY or seen.works_through_proxy:
        return
    held = seen.nginx.pool(seen.route)
    if held is None or not held[1] or any("down" not in server.args[1:] for server in held[1]):
        return
    block, servers = held
    told = (seen.observation.proxy or seen.observation.outside, seen.observation.backend)
    own = ours(seen, servers)
    yield FAULT.finding(
        f"every server of `upstream {' '.join(block.args)}` is marked down",
        *(seen.at(server.position) for server in servers[:3]),
        *(answer(walk) for walk in told if walk is not None),
        severity=seen.severity_at_proxy,
        safety=Safety.CONFIRM if own is not None and seen.backend_works else Safety.ADVICE,
        advice=f"Take `down` from {worded(servers[0])} at {servers[0].position} when that server is up again.",
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config]:
    """Let the backend take requests again."""
    own = ours(seen, servers_of(seen))
    if own is not None:
        yield seen.nginx.mark_down(own, down=False)
