"""PM2 runs several processes of a Socket.IO server, and each knows only its own sessions.

Seen as: 400 `Session ID unknown` while polling, on and off; a client that begins with a websocket works.
Told apart: PM2's mode is cluster with more than one process; two polls of one session were answered as strangers.
Changed: with consent, one process is kept (`pm2 scale NAME 1`), which ends the sockets of the others, and the list is saved.
Sticky sessions (@socket.io/sticky with @socket.io/cluster-adapter) are the way to more than one; that is code.
Source: Socket.IO, "Using multiple nodes" (sticky sessions); PM2, "Cluster Mode".
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.ours import ours
from wsfix.faults.backend.restarting import RESTART_RANK, cost, save
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure, Walk

FAULT = Fault("WS525", "pm2-cluster-mode", Hop.BACKEND, Safety.CONFIRM)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where a Socket.IO server runs in several processes; an error only where a session was not known again."""
    if seen.site.protocol != "socketio":
        raise NotApplicable
    held = ours(seen)
    cluster = [app for app in held.applications if app.mode == "cluster_mode" and app.running]
    if len(cluster) < 2:  # noqa: PLR2004
        return
    walks = (seen.observation.outside, seen.observation.proxy, seen.observation.backend)
    lost = next((walk for walk in walks if walk is not None and _not_sticky(walk)), None)
    evidence = [Evidence(f"pm2 jlist of {held.user}", f"{len(cluster)} processes in cluster mode")]
    if held.declared is not None:
        evidence.append(
            Evidence(held.place("instances"), f"instances: {held.declared.word('instances') or '(computed)'}")
        )
    if lost is not None:
        evidence.append(Evidence(lost.place.value, "a second poll of the same session was answered as unknown"))
    yield FAULT.finding(
        f"PM2 runs {held.name} in {len(cluster)} processes that do not know each other's sessions",
        *evidence,
        severity=Severity.WARNING if lost is None else Severity.ERROR,
        advice=f"Write `instances: 1` at {held.place('instances')}, or set up sticky sessions." if held.file else "",
    )


def _not_sticky(walk: Walk) -> bool:
    sticky = walk.session.sticky if walk.session is not None else None
    return sticky is not None and sticky.failure is Failure.NOT_STICKY


def cure(seen: Seen, _finding: Finding) -> Iterator[Action]:
    """Keep one process."""
    held = ours(seen)
    yield Action(
        do=held.cli.scale(held.name, 1),
        undo=held.cli.scale(held.name, len(held.applications)),
        title=f"keep one process of {held.name} (pm2 scale {held.name} 1)",
        cost=cost(seen),
        faults=(FAULT.code,),
        rank=RESTART_RANK,
    )
    yield from save(seen, FAULT.code)
