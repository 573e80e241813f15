"""The application fails with an exception before it accepts the socket.

Seen as: 500 for the handshake, 1006 in the page; pages may work.
Told apart: the 500 comes straight from the backend, and its log ends with an exception. What the exception says is the cause;
those that wsfix knows (a channel layer that is down, a missing route of Channels) have faults of their own.
Changed: nothing; the exception is shown.
Source: the ASGI specification, "WebSocket"; RFC 9110 section 15.6.1 (500).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from wsfix.faults.backend.keeper import keeper
from wsfix.faults.backend.serving import refusal
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault(
    "WS694",
    "application-raises",
    Hop.APPLICATION,
    Safety.ADVICE,
    explained_by=(
        "django-apps-not-loaded",
        "backend-module-missing",
        "asgi-http-only-app",
        "gunicorn-sync-worker",
        "asgi-no-ws-library",
        "wsgi-not-asgi",
        "sio-path-mismatch",
        "redis-layer-down",
        "ws-route-missing",
        "ws-route-trailing-slash",
        "auth-httpbearer-on-ws",
        "disk-full-logs",
        "backend-nofile",
        "backend-oom",
    ),
)
_BEGINS = "Traceback (most recent call last)"
_SAID = re.compile(r"(?:[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|DoesNotExist)|[A-Z]\w*Error \[\w+\])(?::|\b$)")
"""The last line of a traceback of Python, and the first of one of Node."""
SERVER_ERROR = 500


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend answers 500, and its log tells of an exception."""
    if seen.works:
        return
    found = refusal(seen)
    if found is None or found[1].status != SERVER_ERROR:
        return
    kept = keeper(seen)
    said = raised(kept.log)
    if said is None:
        return
    yield FAULT.finding(
        f"the application fails before it accepts the socket: {said}",
        answer(found[0]),
        Evidence(kept.log_source, said),
        severity=seen.severity,
        advice=f"Mend what raises it; the whole traceback stands in the {kept.log_source}.",
    )


def raised(log: Sequence[str]) -> str | None:
    """Return the last exception of a log; of Python's only what stands under a traceback."""
    frames = (" ", "\t", _BEGINS)
    for at in range(len(log) - 1, -1, -1):
        line = log[at]
        if not _SAID.match(line):
            continue
        above = next((one for one in reversed(log[:at]) if one.strip()), "")
        below = next((one for one in log[at + 1 :] if one.strip()), "")
        if above.startswith(frames) or below.lstrip().startswith("at "):
            return line.strip()
    return None
