"""The shell cuts the test's URL at an `&` that is not quoted.

Seen as: the command returns at once with a job number, and the server gets only the first value of the query: a token
that is missing (401, 403), or of Socket.IO a transport that is unknown (400).
Told apart: an `&` outside of quotes stands between two values of a query.
Changed: nothing on the server; the URL is put in single quotes.
Source: POSIX.1-2017, Shell Command Language, section 2.9.3 (asynchronous lists).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.fault import Fault
from wsfix.model.command import Command
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS009", "probe-url-cut-by-shell", Hop.TEST, Safety.ADVICE)


def detect(command: Command) -> Iterator[Finding]:
    """Fire where the shell ends the command within its query."""
    if not command.cut:
        return
    name = command.cut.partition("=")[0]
    yield FAULT.finding(
        "the shell ends the command at an & that is not quoted: the rest of the query never reaches the server",
        Evidence("the command", f"cut off: &{name[:60]}=…"),
        severity=Severity.ERROR,
        advice="Put the URL in single quotes.",
    )
