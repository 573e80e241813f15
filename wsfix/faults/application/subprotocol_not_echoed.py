"""The page offers a subprotocol, and the server accepts the socket without choosing one.

Seen as: `Error during WebSocket handshake: Sent non-empty 'Sec-WebSocket-Protocol' header but no response was received`;
wscat, websocat and React Native connect all the same.
Told apart: the answer is a right 101 in everything else, and holds no Sec-WebSocket-Protocol, or one that was not offered. Where
the backend itself echoes it, the proxy takes it away.
Changed: nothing; the line of the application is shown.
Source: RFC 6455 sections 4.1 and 4.2.2; WHATWG WebSockets ("establish a WebSocket connection", step on protocols).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure

FAULT = Fault("WS612", "subprotocol-not-echoed", Hop.APPLICATION, Safety.ADVICE, covers=("probe-lenient-client",))


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a browser would refuse the 101 for that."""
    probe = seen.site.probe
    by_token = probe.token is not None and probe.token.place == "subprotocol"
    asked = ", ".join(probe.offered) or (probe.token.name if probe.token and by_token else "")
    if not asked or seen.works:
        raise NotApplicable
    held = (seen.observation.backend, seen.observation.proxy, seen.observation.outside)
    walk = next((w for w in held if w and w.handshake and w.handshake.failure is Failure.SUBPROTOCOL), None)
    if walk is None or walk.handshake is None:
        return
    stripped = seen.backend_works
    yield FAULT.finding(
        f"the socket is accepted without the subprotocol {asked} that the page offers; browsers refuse that"
        if walk.handshake.subprotocol is None
        else f"the server chooses {walk.handshake.subprotocol}, and the page offers {asked}; browsers refuse that",
        answer(walk),
        severity=seen.severity,
        advice=f"Let {seen.site.proxy.word} hand Sec-WebSocket-Protocol on in both directions; the backend echoes it."
        if stripped
        else "Let the application choose one of those that are offered: `await websocket.accept(subprotocol=…)` (Starlette, "
        "Channels), `handleProtocols` (ws), `Subprotocols` of the Upgrader (gorilla).",
    )
