"""uvicorn runs in an environment without a WebSocket library.

Seen as: 404 with the application's own words on every socket, while pages and the API work.
Told apart: straight at the backend the upgrade is answered with the same bytes as a plain GET; the environment of the
listening process holds neither websockets nor wsproto, or uvicorn says so in its log. A proxy that takes the upgrade away
gives the same answer, but then the backend takes the socket when it is asked directly; --ws none is asgi-ws-none.
Changed: nothing; a package in somebody's environment is theirs. The command is shown.
Source: uvicorn, "Installation" and --ws.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.serving import log_source, logged, refusal, serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen, answer
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS540", "asgi-no-ws-library", Hop.BACKEND, Safety.ADVICE, explained_by=("asgi-ws-none",))
LIBRARIES = frozenset({"websockets", "wsproto"})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the process cannot speak WebSocket at all."""
    if seen.works:
        return
    there, refused = serving(seen, seen.backend.port), refusal(seen)
    if there is None or refused is None or not refused[0].same_as_plain or not _is_uvicorn(there.running.words):
        return
    libraries = there.process.libraries
    said = logged(seen, "No supported WebSocket library detected", "Unsupported upgrade request")
    if (libraries is not None and libraries & LIBRARIES) or (libraries is None and said is None):
        return
    interpreter = there.process.command.split(" ", 1)[0]
    evidence = [there.evidence, answer(refused[0])]
    if libraries is not None:
        evidence.append(Evidence(f"environment of {interpreter}", "neither websockets nor wsproto is installed"))
    if said is not None:
        evidence.append(Evidence(log_source(seen), said))
    yield FAULT.finding(
        f"{there.running.words} on port {seen.backend.port} has no WebSocket library and takes every socket for a plain request",
        *evidence,
        severity=seen.severity,
        advice=f"Install one where it runs, `{interpreter} -m pip install websockets`, and restart the service.",
    )


def _is_uvicorn(words: str) -> bool:
    return "uvicorn" in words.lower()
