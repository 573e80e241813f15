"""A load balancer speaks to its targets in a protocol that has no upgrade: HTTP/2, or HTTP that it rewrites.

Seen as: 464 or 400 for the socket, while pages work.
Told apart: 464 is Amazon's own status for a protocol that the target group does not speak. A classic load balancer is known
by its cookie, and strips the handshake of a listener for HTTP: on the host the proxy takes the socket.
Changed: nothing; the balancer's settings are shown.
Source: docs.aws.amazon.com, "Troubleshoot your Application Load Balancers" (HTTP 464), "Target groups" (protocol version),
"Listeners for your Classic Load Balancer".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.edge.answers import edge_outside, refusal_outside
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS455", "lb-http2-target-group", Hop.PROXY, Safety.ADVICE, covers=("lb-classic-elb-http",))
INCOMPATIBLE = 464
CLASSIC = "Amazon's classic load balancer"


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire by Amazon's own status, or by the classic balancer's cookie where the host itself takes the socket."""
    reply, edge = refusal_outside(seen), edge_outside(seen)
    if reply is None:
        return
    proxy = seen.observation.proxy
    classic = edge is not None and edge.name == CLASSIC and proxy is not None and proxy.sound
    if reply.status == INCOMPATIBLE:
        message = "the load balancer answers 464: its target group speaks HTTP/2, which has no upgrade there"
        advice = (
            "Make a target group with the protocol version HTTP1 for the socket's path (`--protocol-version HTTP1`)."
        )
    elif classic:
        message = "the classic load balancer rewrites the handshake, since its listener speaks HTTP"
        advice = "Use TCP (SSL where it ends TLS) as the listener's protocol, or an Application Load Balancer."
    else:
        return
    evidence = [answer(seen.outside), Evidence("answered by", edge.name if edge else "a balancer of Amazon")]
    yield FAULT.finding(message, *evidence, *([answer(proxy)] if proxy else []), severity=Severity.ERROR, advice=advice)
