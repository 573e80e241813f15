"""The test sends a key that is no key, such as `Sec-WebSocket-Key: test`.

Seen as: 400, with "invalid Sec-WebSocket-Key" in body or status line, from uvicorn, Daphne, Node's ws, aiohttp and the
library websockets, all of them healthy; hypercorn and Tornado take any key, so that the same command works elsewhere.
Told apart: the key of the command does not decode to 16 bytes. A key that the shell makes (`$(…)`) is not judged.
Changed: nothing on the server; the test sends 16 random bytes in base64.
Source: RFC 6455 section 4.1 (requirement 7 of the request) and section 4.2.1 (item 5).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.model.command import KEY_BYTES, Command
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.redact import printable

FAULT = Fault("WS003", "probe-bad-ws-key", Hop.TEST, Safety.ADVICE)


def detect(command: Command) -> Iterator[Finding]:
    """Fire where the key can be read and is none."""
    length = command.key_length
    if not command.upgrades or length is None or length == KEY_BYTES:
        return
    key = command.header("sec-websocket-key") or ""
    why = "is not base64" if length < 0 else f"decodes to {length} byte{'' if length == 1 else 's'}"
    yield FAULT.finding(
        f"the key {why}, and a key has {KEY_BYTES}: a strict server answers 400 however healthy it is",
        Evidence("the command", f"Sec-WebSocket-Key: {printable(key, 60)}"),
        severity=Severity.ERROR,
        advice='Send a real one: -H "Sec-WebSocket-Key: $(openssl rand -base64 16)".',
    )
