"""The socket breaks where permessage-deflate is agreed on, and works without.

Seen as: `Invalid frame header`, `reserved bits are on`, 1002 or 1007 soon after `open`, in browsers only: tools offer no
compression.
Told apart: the handshake is accepted and the frames that follow cannot be read; the same handshake without the extension is
proved. Where the backend itself is sound with it, something on the way changes the frames or the headers.
Changed: nothing; the switch of the server is shown.
Source: RFC 7692 sections 6 and 7; RFC 6455 section 5.2 (reserved bits).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.application.spoken import shortly
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen, answer
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS614", "deflate-broken", Hop.APPLICATION, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where nothing but the extension decides."""
    if seen.works:
        raise NotApplicable
    held = (seen.observation.backend, seen.observation.proxy, seen.observation.outside)
    walk = next((w for w in held if w and w.uncompressed is not None and w.uncompressed.proved), None)
    if walk is None or walk.uncompressed is None:
        return
    yield FAULT.finding(
        "the socket breaks with permessage-deflate, which every browser offers, and works without",
        answer(walk),
        shortly("without the extension", walk.uncompressed),
        severity=seen.severity,
        advice=f"The backend is sound with it: look at what stands between it and {seen.site.host}."
        if seen.backend_works
        else "Switch it off at the server: `--ws-per-message-deflate false` (uvicorn), `perMessageDeflate: false` (ws, Socket.IO), "
        "`EnableCompression: false` (gorilla); or bring its library up to date.",
    )
