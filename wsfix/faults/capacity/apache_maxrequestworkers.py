"""Apache serves as many requests at once as it may, and every open socket is one.

Seen as: new clients connect and get no answer at all; CONNECTING without end. Pages hang, too.
Told apart: `server reached MaxRequestWorkers setting` in the error log since the last load, or as many connections are open.
Changed: MaxRequestWorkers is raised as far as ServerLimit times ThreadsPerChild allow, which a graceful reload loads. More than that
takes a restart, which drops every socket: the lines are shown.
Source: Apache, mpm_common (MaxRequestWorkers, ServerLimit: "if changed across a restart"); measured (AH00484).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.apache import Config
from wsfix.errors import NotObserved
from wsfix.faults.capacity.running_out import complaint, evidence, severity
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS437", "apache-maxrequestworkers", Hop.PROXY, Safety.SAFE)
NEARLY = 0.9


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where workers ran out, or are about to."""
    config = seen.apache
    line = complaint(seen, ("reached MaxRequestWorkers", "scoreboard is full"))
    held = (seen.inside.sockets or {}).get(seen.site.port, 0)
    room = config.room
    if room is None:
        if line is None:
            return
        raise NotObserved("Apache's MPM", "its modules were not told")
    if line is None and held < NEARLY * room.requests:
        return
    said = [evidence(line)] if line else [Evidence("sockets", f"{held} connections are open to port {seen.site.port}")]
    said += [seen.at(room.position)] if room.position else []
    raisable = room.position is not None and room.requests < room.most
    limit = "ServerLimit" if room.mpm == "prefork" else f"ServerLimit {4 * room.most // 25}, ThreadsPerChild 25"
    yield FAULT.finding(
        f"Apache ({room.mpm}) serves at most {room.requests} requests at once, and each open socket is one",
        *said,
        severity=severity(seen, line) if line else Severity.WARNING,
        safety=Safety.SAFE if raisable else Safety.ADVICE,
        advice=f"Set {limit} and MaxRequestWorkers {4 * room.most} in mods-available/mpm_{room.mpm}.conf, then restart Apache "
        "at a quiet moment: ServerLimit is only read then.",
    )


def cure(seen: Seen, finding: Finding) -> Iterator[Config]:
    """Allow as many as the processes have threads for."""
    room = seen.apache.room
    if finding.safety is Safety.SAFE and room is not None:
        yield seen.apache.allow_requests(room.most)
