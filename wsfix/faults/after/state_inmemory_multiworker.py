"""Several processes serve the sockets, each keeps its own list of them in memory, and a message reaches one list only.

Seen as: about one in N messages arrives, N being the number of processes; a page loaded anew may hear, or not.
Told apart: one message was published once to sockets of this very run, some heard it and some did not, and several
processes serve the backend's port (`wsfix check --delivery`).
Changed: with consent, PM2 keeps one process. Else nothing: one worker, or a bus such as Redis between them, is a setting
or code of the application.
Source: FastAPI, "WebSockets" (handling disconnections and multiple clients: it works only with a single process).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.faults.after.silence import counted, delivery
from wsfix.faults.backend.ours import ours
from wsfix.faults.backend.restarting import RESTART_RANK, cost, save
from wsfix.faults.backend.serving import serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS663",
    "state-inmemory-multiworker",
    Hop.APPLICATION,
    Safety.CONFIRM,
    explained_by=("channels-inmemory-layer-split",),
)
_WORKERS = re.compile(r"(?:^|\s)(?:--workers|--numprocesses|-w)[= ]?(\d+)(?=\s|$)")
_ONE_SERVER = 2
"""A master and its only worker hold the port together."""


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where some heard, some did not, and several processes serve."""
    told = delivery(seen)
    if not told.published or told.last_wins or not 0 < told.heard < told.opened:
        return
    processes = _processes(seen)
    if processes is None:
        return
    by_pm2 = seen.site.service is not None and seen.site.service.manager == "pm2"
    yield FAULT.finding(
        f"a message reaches {told.heard} of {told.opened} sockets: several processes serve them, each with a list of its own",
        counted(told),
        processes,
        severity=Severity.WARNING,
        safety=Safety.CONFIRM if by_pm2 else Safety.ADVICE,
        advice="Serve with one process (`--workers 1`), or publish through Redis so that every process hears.",
    )


def _processes(seen: Seen) -> Evidence | None:
    """Return what shows that several processes serve; None where one does."""
    if seen.site.service is not None and seen.site.service.manager == "pm2":
        held = ours(seen)
        running = [each for each in held.applications if each.running]
        words = f"{len(running)} processes of {held.name}"
        return Evidence(f"pm2 jlist of {held.user}", words) if len(running) > 1 else None
    there = serving(seen)
    pids = {pid for listener in seen.listening for pid in listener.pids}
    said = _WORKERS.search(there.process.command) if there is not None else None
    if there is not None and said is not None and int(said[1]) > 1:
        return there.evidence
    return Evidence(seen.backend.words, f"{len(pids)} processes hold it") if len(pids) > _ONE_SERVER else None


def cure(seen: Seen, _finding: Finding) -> Iterator[Action]:
    """Let PM2 keep one process."""
    if seen.site.service is None or seen.site.service.manager != "pm2":
        raise NotApplicable
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
