"""The backend takes connections and answers none: something blocks its event loop.

Seen as: CONNECTING until the proxy gives up with 504; pages and the API of the same process hang, too.
Told apart: straight at the backend the connection is made by the kernel, and neither the handshake nor a plain GET gets a byte.
Where the plain GET is answered, only the socket's own way is slow: backend-slow-before-accept.
Changed: a restart, with consent; it drops every socket, and lasts until the same call blocks again.
Source: asyncio, "Running Blocking Code"; Node.js, "Don't Block the Event Loop"; listen(2), backlog.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.restarting import restart
from wsfix.faults.backend.serving import serving, who
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.change import Action
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure, Walk

FAULT = Fault(
    "WS534",
    "backend-event-loop-blocked",
    Hop.BACKEND,
    Safety.CONFIRM,
    explained_by=("backend-nofile", "backend-crash-loop", "backend-not-running"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the port is open and nobody behind it speaks."""
    if seen.works or seen.backend_works:
        return
    walk = seen.at_backend
    if not silent(walk) or walk.plain is not None:
        return
    plain = next((phase for phase in walk.phases if phase.name == "plain"), None)
    if plain is None or plain.failure is not Failure.TIMEOUT:
        return
    there = serving(seen)
    pids = there.pids if there else ()
    yield FAULT.finding(
        f"the backend on {seen.backend.words} takes connections and answers nothing, not even a plain request",
        answer(walk),
        Evidence("plain GET at the backend", plain.reason or "no answer in time"),
        there.evidence if there else Evidence("listeners", who(seen)),
        severity=seen.severity,
        safety=Safety.CONFIRM if seen.site.service is not None else Safety.ADVICE,
        advice=f"See where it hangs: `py-spy dump --pid {pids[0] if pids else 'PID'}` (Node: `kill -USR1`, then inspect); move "
        "blocking calls off the event loop. A restart helps until it happens again.",
    )


def silent(walk: Walk) -> bool:
    """Whether the connection was made and the handshake waited for in vain."""
    return walk.handshake is not None and walk.handshake.reply is None and walk.handshake.failure is Failure.TIMEOUT


def cure(seen: Seen, finding: Finding) -> Iterator[Action]:
    """Restart it."""
    if finding.safety is Safety.CONFIRM:
        yield from restart(seen, FAULT.code)
