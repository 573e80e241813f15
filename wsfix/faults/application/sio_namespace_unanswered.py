"""Socket.IO opens the session and never answers the client that enters the namespace.

Seen as: the client stays on `connecting` and says `timeout` after 20 s; the socket is open, pings cross it.
Told apart: Engine.IO opened the session with its open packet, and neither CONNECT nor CONNECT_ERROR followed. What the server
raised in its connect handler, or in `io.use`, stands in its log; without such a line the handler waits for something.
Changed: nothing; the handler is the application's.
Source: the Socket.IO protocol, revision 5, "Connection to a namespace"; socket.io, "Middlewares" (`next` must be called).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.application_raises import raised
from wsfix.faults.application.spoken import spoken
from wsfix.faults.backend.keeper import keeper
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop
from wsfix.model.walk import Failure

FAULT = Fault(
    "WS638",
    "sio-namespace-unanswered",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=("backend-crash-loop", "sio-eio-version", "redis-layer-down", "sio-namespace-invalid"),
)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the session was opened, and the namespace was waited for in vain."""
    walk, session = spoken(seen)
    handshake = walk.handshake
    if handshake is None or not session.opened or handshake.close_code is not None:
        return
    if handshake.failure is Failure.EARLY_CLOSE or session.connected or session.refusal or session.outdated:
        return
    said, source = _said(seen)
    yield FAULT.finding(
        f"the server opens the session and does not answer the client at the namespace {session.namespace}"
        + (f": {said}" if said else ""),
        answer(walk),
        *([Evidence(source, said)] if said else []),
        severity=seen.severity,
        advice=f"Mend what raises it in the handler of `connect`; the whole traceback stands in the {source}."
        if said
        else "See what runs before a client is let in (the handler of `connect`, every `io.use`): it waits for something, or a "
        "middleware does not call `next()`.",
    )


def _said(seen: Seen) -> tuple[str, str]:
    """Return the last exception of the service's log, and where it stands; two empty words where there is none."""
    if seen.site.service is None or seen.observation.inside is None or seen.inside.services is None:
        return "", ""
    kept = keeper(seen)
    return raised(kept.log) or "", kept.log_source
