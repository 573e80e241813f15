"""Something before the proxy ends a silent socket: a CDN, a load balancer, a NAT or packet filter.

Seen as: 1006 after a minute or some minutes without traffic, or a socket that stays open and carries nothing any more,
although the proxy's own time-outs are long. 60 s are usual for an ALB, some minutes for CDNs, much longer for a NAT.
Told apart: by comparing. The silent socket ends from outside, and lives through the proxy on its own host.
Changed: nothing; it stands before the host. A ping of the server every 20 to 30 s keeps such sockets, and the limit can be
raised where it is set. Raising the time-outs of the host's own proxy changes nothing here.
Source: Elastic Load Balancing, "Connection idle timeout"; Traefik, entryPoints, respondingTimeouts; RFC 5382 section 5.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.after.silence import by_whom, ending, shown
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Walk
from wsfix.triage import Suspect

FAULT = Fault(
    "WS445",
    "cdn-idle-close",
    Hop.PROXY,
    Safety.ADVICE,
    covers=("lb-alb-idle-60", "fw-conntrack-idle", "traefik-entrypoint-readtimeout", "half-open-socket"),
)
EDGE_HEADERS = ("cf-ray", "x-amz-cf-id", "x-served-by", "x-azure-ref", "fly-request-id", "via")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the socket ends from outside only."""
    found = ending(seen)
    if by_whom(found) is not Suspect.BEFORE:
        return
    after = f"{found.silence.held:.0f} s"
    if found.silence.vanished:
        message = f"before the proxy a silent socket is forgotten within {after}: both ends think that it is open"
    elif found.of_silence is False:
        message = f"before the proxy every socket is ended after {after}, silent or not"
    else:
        message = f"before the proxy a silent socket is ended after {after}"
    yield FAULT.finding(
        message,
        *shown(found),
        *edges(seen.outside),
        severity=Severity.WARNING,
        advice="Let the server ping every 20 to 30 s, or raise the limit for idle connections at the CDN, load balancer or "
        "packet filter before this host. The host's own proxy is not it: through it the socket lived.",
    )


def edges(walk: Walk) -> tuple[Evidence, ...]:
    """Return the headers by which a CDN or load balancer shows itself."""
    reply = walk.handshake.reply if walk.handshake else None
    named = [(name, reply.header(name)) for name in EDGE_HEADERS] if reply is not None else []
    return tuple(Evidence(f"header {name}", value[:80]) for name, value in named if value)
