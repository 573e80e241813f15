"""The test never asks for a WebSocket: it is a HEAD, an ordinary GET, or ends below HTTP.

Seen as: 404 or 405 to `curl -I …/ws/x` on a healthy server, and a hunt for a route that is there; or a page, a port
or a certificate that is fine, and the belief that the socket must be fine too.
Told apart: the command has no `Upgrade: websocket`, and its program does not add one.
Changed: nothing on the server; the test is worded as a handshake. wsfix asks with the whole handshake.
Source: RFC 6455 section 4.1 (the request must be a GET with Upgrade and Connection); RFC 9110 section 9.3.2 (HEAD).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.model.command import Command, Reach
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS001", "probe-head-request", Hop.TEST, Safety.ADVICE)

_ENDS_AT = {Reach.TCP: "the TCP connection", Reach.TLS: "the handshake of TLS"}
_ADVICE = "Ask with Connection: Upgrade, Upgrade: websocket, Sec-WebSocket-Version: 13 and a key, by GET."


def detect(command: Command) -> Iterator[Finding]:
    """Fire where nothing asks for a WebSocket, or where a handshake is asked by another method than GET."""
    if command.reach in _ENDS_AT:
        told = f"{command.program} ends with {_ENDS_AT[command.reach]}: its success says nothing of the socket"
        yield _finding(command, told, Severity.NOTE)
    elif command.upgrades and command.method != "GET":
        told = f"a handshake by {command.method} is none: it must be a GET"
        yield _finding(command, told, Severity.ERROR)
    elif not command.upgrades and command.method == "HEAD":
        told = "HEAD asks for the head of a page: a healthy server may answer 404 or 405 to it"
        yield _finding(command, told, Severity.ERROR)
    elif not command.upgrades and command.of_a_socket:
        told = "without Upgrade this asks for a page at the socket's path: a healthy server answers 404, 400 or 426"
        yield _finding(command, told, Severity.ERROR)
    elif not command.upgrades:
        told = "this asks for a page: whatever the answer, it says nothing of the socket"
        yield _finding(command, told, Severity.NOTE)


def _finding(command: Command, told: str, severity: Severity) -> Finding:
    shown = command.method if command.reach in {Reach.PAGE, Reach.SOCKET} else command.program
    evidence = Evidence("the command", f"{shown}, {'with' if command.upgrades else 'without'} Upgrade: websocket")
    return FAULT.finding(told, evidence, severity=severity, advice=_ADVICE)
