"""Socket.IO works by polling only: something on the way takes the upgrade to a WebSocket away.

Seen as: no error at all; the clients stay on polling, slow, with a high rate of requests.
Told apart: Engine.IO answers the upgrade 400 `{"code":3,"message":"Bad request"}`, which it says to a plain GET, while
polling is answered; straight at the backend the socket opens.
Changed: nothing here; what the proxy lacks is a fault of its own, and its cure is this one's.
Source: socket.io, "Behind a reverse proxy".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import told
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS626",
    "sio-stuck-polling",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=(
        "nginx-upgrade-headers-missing",
        "nginx-headers-not-inherited",
        "nginx-connection-value-wrong",
        "nginx-location-regex-steals",
        "nginx-map-undefined",
        "nginx-http-version-10",
        "nginx-duplicate-proxy-set-header",
        "nginx-handshake-altered",
        "nginx-edited-not-reloaded",
        "apache-upgrade-not-enabled",
        "apache-proxypass-order",
        "apache-location-order",
        "apache-connection-regex-anchored",
        "apache-requestheader-folklore",
        "apache-edited-not-reloaded",
        "proxy-upgrade-not-forwarded",
        "proxy-edited-not-reloaded",
    ),
)
BAD_REQUEST = 3


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where polling is answered and the upgrade reached Engine.IO as a plain GET."""
    walk = seen.observation.proxy or seen.outside
    session = walk.session
    if seen.site.protocol != "socketio" or session is None or seen.works:
        raise NotApplicable
    polling = session.polling
    if session.code != BAD_REQUEST or polling is None or polling.engine is None:
        return
    evidence = [answer(walk), told(polling)]
    if seen.observation.backend is not None:
        evidence.append(answer(seen.observation.backend))
    yield FAULT.finding(
        "clients stay on polling: the upgrade to a WebSocket reaches Socket.IO as a plain request",
        *evidence,
        severity=seen.severity,
        advice=f"Let {seen.site.proxy.kind} hand Upgrade and Connection on at {seen.site.prefix}, as for any WebSocket.",
    )
