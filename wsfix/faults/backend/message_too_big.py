"""A message is larger than the backend takes, and it closes the socket.

Seen as: 1009 in the client at the first large message; the connection itself opens well.
Told apart: the backend's log says that a frame exceeds the limit, or 1009.
Changed: nothing; how large a message may be is for those who own the application. The option is shown.
Source: RFC 6455 section 7.4.1 (1009); uvicorn, --ws-max-size; ws, maxPayload; Daphne and Engine.IO, maxHttpBufferSize.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.drivers.frameworks import recognise
from wsfix.faults.backend.keeper import keeper
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS537", "message-too-big", Hop.BACKEND, Safety.ADVICE)
_SAYS = re.compile(
    r"frame (?:with \d+ bytes )?exceeds limit|exceeds limit of \d+ bytes|\b1009\b.*(?:too big|exceeds)|Max payload size exceeded|"
    r"WS_ERR_UNSUPPORTED_MESSAGE_LENGTH|PayloadTooBig|over size limit"
)
_OPTION = {
    "uvicorn": "`--ws-max-size BYTES`",
    "hypercorn": "`websocket_max_message_size` of its configuration",
    "node": "`maxPayload` of the ws server, or `maxHttpBufferSize` of Socket.IO",
}


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the backend said so."""
    kept = keeper(seen)
    said = next((line.strip() for line in reversed(kept.log) if _SAYS.search(line)), None)
    if said is None:
        return
    running = recognise(kept.command)
    option = _OPTION.get(running.server.name, "") if running else ""
    yield FAULT.finding(
        f"{kept.name} closed a socket because of a message that is too large",
        Evidence(kept.log_source, said),
        severity=Severity.WARNING,
        advice=f"Send smaller messages, or raise the limit: {option or 'see the option of the server that runs it'}.",
    )
