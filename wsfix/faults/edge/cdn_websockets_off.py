"""A CDN, balancer or proxy before the host does not hand the upgrade on.

Seen as: 400, 403, 404 or 200 for the handshake; pages and the API work.
Told apart: the answer from outside names the edge in its headers, and on the host the very proxy takes the socket. Where the
host was not looked at, an answer that is the same for a plain request is only a suspicion: it may be the host's own.
Changed: nothing; the setting is the edge's. It is named, for each edge in its own words.
Source: RFC 9110 section 7.6.1; developers.cloudflare.com, "WebSockets"; docs.aws.amazon.com, "Use WebSockets with CloudFront
distributions"; varnish-cache.org, "Using Websockets"; envoyproxy.io, "HTTP upgrades"; nginxproxymanager.com.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.edge.answers import edge_outside, refusal_outside
from wsfix.faults.edge.edges import Edge
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS451",
    "cdn-websockets-off",
    Hop.PROXY,
    Safety.ADVICE,
    explained_by=(
        "cdn-origin-down",
        "cdn-flexible-ssl-loop",
        "waf-blocks-upgrade",
        "lb-http2-target-group",
        "edge-no-route",
    ),
    covers=("npm-websockets-support-off", "varnish-no-pipe", "envoy-no-upgrade", "iis-websockets-missing"),
)
LOST = frozenset({200, 400, 403, 404, 405, 426, 501})
"""What a handshake gets that nobody took for one; a log-in, a limit or an error of the edge's own is something else."""


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the edge alone stands between a failing and a working handshake."""
    reply, edge = refusal_outside(seen), edge_outside(seen)
    if reply is None or edge is None or reply.status not in LOST:
        return
    proxy = seen.observation.proxy
    if proxy is not None and not proxy.sound:
        return
    if proxy is None and not (seen.outside.same_as_plain and edge.sockets):
        return
    evidence = [answer(seen.outside), Evidence("answered by", _sign(seen, edge))]
    if seen.outside.same_as_plain:
        evidence.append(Evidence("identity test", "a plain request gets the same answer: nobody upgraded"))
    evidence += [answer(proxy)] if proxy is not None else []
    doubt = "" if proxy is not None else ", or what stands behind it does not take it"
    yield FAULT.finding(
        f"{edge.name} answers the handshake itself and does not hand the upgrade on{doubt}",
        *evidence,
        severity=Severity.ERROR if proxy is not None else Severity.WARNING,
        advice=f"At {edge.name}: {edge.sockets or 'let requests with an Upgrade header pass unchanged'}."
        + ("" if proxy is not None else " To ask the origin alone, name its `address` in the inventory."),
    )


def _sign(seen: Seen, edge: Edge) -> str:
    """Return the header by which the edge is known."""
    reply = refusal_outside(seen)
    for name, value in reply.headers if reply else ():
        if any(name.lower() == sign and value.lower().startswith(start) for sign, start in edge.signs):
            return f"{edge.name} ({name}: {value[:60]})"
    return edge.name
