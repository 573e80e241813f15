"""uvicorn was told not to speak WebSocket.

Seen as: 404 with the application's own words on every socket, while pages and the API work.
Told apart: the command line of the listening process holds `--ws none`; otherwise it is asgi-no-ws-library.
Changed: nothing; the line of the service's command is for those who wrote it.
Source: uvicorn, --ws.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.serving import refusal, serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS541", "asgi-ws-none", Hop.BACKEND, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the flag stands in the command and the backend does not upgrade."""
    if seen.works:
        return
    there, refused = serving(seen, seen.backend.port), refusal(seen)
    if there is None or refused is None or there.running.option("--ws") != "none":
        return
    yield FAULT.finding(
        f"{there.running.words} on port {seen.backend.port} was started with --ws none and takes no socket",
        there.evidence,
        answer(refused[0]),
        severity=seen.severity,
        advice="Take `--ws none` out of the command that starts the backend, and restart it.",
    )
