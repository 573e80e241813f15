"""The test's handshake lacks a header that it must have: the key, the version, or Connection.

Seen as: 400 from HAProxy (`PR--` in its log) or from the backend, 426 where the version is missing, or the plain page
where Connection is: each on a healthy server, and each of them different from the browser's answer. nginx lets a request
without a key pass, so that only the backend refuses it.
Told apart: the command words the handshake itself, and one of the headers is not among its own.
Changed: nothing on the server; the test gets the headers.
Source: RFC 6455 section 4.1 (the requirements 6, 7 and 9 of the request) and section 4.2.1; haproxy/haproxy issue 2876.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.model.command import Command
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS002", "probe-missing-ws-key-haproxy", Hop.TEST, Safety.ADVICE)

_VERSION = "13"


def detect(command: Command) -> Iterator[Finding]:
    """Fire where a handshake that is worded by hand is not whole."""
    if command.own_handshake or not command.upgrades:
        return
    lacks = [] if command.header("sec-websocket-key") else ["Sec-WebSocket-Key"]
    if command.header("sec-websocket-version") != _VERSION:
        lacks.append("Sec-WebSocket-Version: 13")
    if "upgrade" not in (command.header("connection") or "").lower():
        lacks.append("Connection: Upgrade")
    if not lacks:
        return
    yield FAULT.finding(
        f"the handshake lacks {' and '.join(lacks)}: a healthy server refuses it",
        Evidence("the command", "headers: " + ", ".join(name for name, _ in command.headers)),
        severity=Severity.ERROR,
        advice="Add " + ", ".join(f"-H '{each}'" for each in lacks) + ".",
    )
