"""The channel layer's Redis does not answer, and the application fails on every socket.

Seen as: 500 on sockets only, or sockets that open and close with 1011.
Told apart: the service's log says that the connection to Redis was refused, and nothing listens on that port of this host.
Changed: nothing; which Redis it is, and why it is down, is not known. The command is shown.
Source: redis-py, ConnectionError ("Error 111 connecting to …"); channels_redis.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.faults.backend.serving import log_source, logged, refusal
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS611", "redis-layer-down", Hop.APPLICATION, Safety.ADVICE)
_REFUSED = re.compile(r"Error \d+ connecting to (?:localhost|127\.0\.0\.1|::1):(?P<port>\d+)")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the application says so, and the port is still dead."""
    if seen.works:
        return
    said = logged(seen, "connecting to localhost:", "connecting to 127.0.0.1:", "connecting to ::1:")
    match = _REFUSED.search(said or "")
    refused = refusal(seen) if match else None
    if said is None or match is None or refused is None or seen.listeners(int(match["port"])):
        return
    yield FAULT.finding(
        f"the application cannot reach Redis on port {match['port']} of its own host",
        Evidence(log_source(seen), said),
        Evidence("listeners", f"nothing listens on port {match['port']}"),
        answer(refused[0]),
        severity=seen.severity,
        advice="Start it (`systemctl enable --now redis-server`), or correct its address in the application's settings.",
    )
