"""Two ProxyPass share one worker, and the parameters of the first one count: `upgrade=websocket` is without effect.

Seen as: 404 with the backend's own words, although the line of the socket has `upgrade=websocket`.
Told apart: an earlier ProxyPass, even one for another path, has a target whose URL is the beginning of this one's. In
the error log AH03031 (`worker … already used by another worker`) is written at the start only.
Changed: the line with the longer target is put before the other, so that it gets a worker of its own.
Source: mod_proxy, "Workers" (sharing); "Ordering ProxyPass Directives".
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
    "WS476",
    "apache-shared-worker",
    Hop.PROXY,
    Safety.SAFE,
    explained_by=("apache-mod-missing", "apache-proxypass-order", "apache-location-order", "apache-wrong-vhost"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the route's own `upgrade=` is lost to an earlier worker."""
    route = seen.proxied
    worker = seen.apache.shared_worker(route)
    if worker is None or route.forwards_upgrade or "upgrade=" not in seen.at(route.position, around=9).excerpt:
        return
    evidence = [seen.at(route.position), seen.at(worker), Evidence(str(route.position), route.why_not)]
    through = seen.observation.proxy or seen.observation.outside
    evidence += [answer(walk) for walk in (through, seen.observation.backend) if walk is not None]
    yield FAULT.finding(
        f"`{route.match}` shares a worker with {worker}, and its `upgrade=` is without effect",
        *evidence,
        severity=seen.severity_at_proxy,
    )


def cure(seen: Seen, _finding: Finding) -> Iterator[Config | Link]:
    """Give it a worker of its own."""
    yield from completed(seen, [seen.apache.forward_upgrade(seen.route)], FAULT.code)
