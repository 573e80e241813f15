"""uvicorn runs with an implementation of WebSocket that did not ping for long, whatever its options said.

Seen as: silent sockets die after minutes in a proxy or a NAT, although --ws-ping-interval is set.
Told apart: `--ws websockets-sansio` or `--ws wsproto` stands in the command line of the listening process.
Changed: nothing; a note. The version of uvicorn decides.
Source: uvicorn, --ws and --ws-ping-interval; Kludex/uvicorn 2884 and 2916 (pings for both implementations, 2026-04).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.backend.serving import serving
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS539", "uvicorn-sansio-no-ping", Hop.BACKEND, Safety.ADVICE)
_SILENT = frozenset({"websockets-sansio", "wsproto"})


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the command names such an implementation."""
    there = serving(seen)
    if there is None or there.running.server.name != "uvicorn":
        return
    chosen = there.running.option("--ws") or ""
    if chosen not in _SILENT:
        return
    yield FAULT.finding(
        f"uvicorn speaks WebSocket by {chosen}, which pings nobody in releases before 2026-04",
        there.evidence,
        severity=Severity.NOTE,
        advice="Take a newer uvicorn, or `--ws websockets`; else let the application send something every 20 s.",
    )
