"""Something between client and server takes the upgrade out of a ws:// request: a company's proxy, an antivirus program.

Seen as: ws:// fails for some users only, mostly in offices; wss:// works for the same people.
Told apart: from outside the handshake is answered exactly as a plain request, on the host the same handshake is taken by
the same proxy. The URL is ws://, and no CDN or balancer names itself in the answer.
Changed: nothing on the host. TLS hides the handshake from everything in between: the client must open wss://.
Source: RFC 9110 section 7.6.1 (Connection and Upgrade are for one hop); RFC 6455 section 10.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.errors import NotObserved
from wsfix.faults.edge.answers import edge_outside
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS209",
    "net-middlebox-strips-upgrade",
    Hop.TCP,
    Safety.ADVICE,
    explained_by=("dns-wrong-address",),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where only the way to the host loses the upgrade."""
    if seen.site.tls:
        raise NotApplicable
    walk = seen.outside
    if walk.sound or not walk.same_as_plain or edge_outside(seen) is not None:
        return
    proxy = seen.observation.proxy
    if proxy is None:
        raise NotObserved("the handshake through the proxy on the host", "name the host in an inventory")
    if not proxy.sound:
        return
    evidence = [answer(walk), Evidence("identity test", "a plain request gets the same answer"), answer(proxy)]
    reply = walk.handshake.reply if walk.handshake else None
    via = reply.header("via") if reply is not None else None
    if via:
        evidence.append(Evidence("Via", via[:200]))
    better = seen.site.url.replace("ws://", "wss://", 1)
    yield FAULT.finding(
        "something between here and the host takes the upgrade out of the request",
        *evidence,
        severity=Severity.ERROR,
        advice=f"Serve the socket over TLS and open {better} in the client: nobody in between can read or change that.",
    )
