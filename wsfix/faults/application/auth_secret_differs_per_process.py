"""Two processes of one application have different secrets: what one signs, the other refuses.

Seen as: tokens are refused at random, or always by the process that serves the sockets, although the log-in works.
Told apart: the inventory names a secret variable, and its digests in the environments of two processes that run in the same
directory, or share the backend's port, are not the same. The values never leave the host.
Changed: nothing; which of the values is right is not known. The processes are shown.
Source: proc(5), /proc/pid/environ; RFC 7515 section 3.1 (a signature is checked with the key that made it).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import Process
from wsfix.model.words import looks_secret

FAULT = Fault(
    "WS634",
    "auth-secret-differs-per-process",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=("env-value-wrong", "env-not-loaded", "pm2-env-cached"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire for each secret that two processes of the application hold otherwise."""
    keys = [key for key in (seen.site.env.values if seen.site.env else {}) if looks_secret(key)]
    if not keys or seen.site.backend is None:
        raise NotApplicable
    held = _ours(seen)
    for key in keys:
        known = [process for process in held if key in process.env_digests]
        if len({process.env_digests[key] for process in known}) > 1:
            yield FAULT.finding(
                f"{key} is not the same in the processes of the application: one refuses what another signs",
                *(Evidence(f"environment of pid {p.pid}", f"{p.command}: {p.env_digests[key][:8]}…") for p in known),
                severity=Severity.WARNING,
                advice=f"Give all of them the {key} of {seen.env.file}, and restart those that run with an older one.",
                subject=key,
            )


def _ours(seen: Seen) -> list[Process]:
    """Return the processes that hold the backend's port, and those that listen from the same directory."""
    processes = seen.inside.known("processes", seen.inside.processes)
    at_port = {pid for listener in seen.listening for pid in listener.pids}
    where = {processes[pid].cwd for pid in at_port if pid in processes} - {"", "/"}
    return [process for pid, process in sorted(processes.items()) if pid in at_port or process.cwd in where]
