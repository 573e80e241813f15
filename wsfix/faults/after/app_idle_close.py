"""The application itself ends a socket on which it hears nothing.

Seen as: the socket closes after a fixed time without messages, often with a code of the application's own; time-outs of the
proxy may be as long as they like.
Told apart: by comparing. Straight at the backend the silent socket ends at the same time; or it ends with a close frame,
which only the server writes: proxies pass bytes on and write none.
Changed: nothing; it is a setting or a rule of the application.
Source: RFC 6455 sections 7.1.1 and 7.4.1; the application's own documentation.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.after.silence import by_whom, ending, shown, unanswered
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.triage import Suspect

FAULT = Fault("WS662", "app-idle-close", Hop.APPLICATION, Safety.ADVICE, explained_by=("server-ping-timeout-1011",))
_LEAVING = frozenset({1001, 1012})
"""With which a server goes away or is restarted (RFC 6455 section 7.4.1, and the registry of close codes)."""


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where comparing, or a close frame, names the server."""
    found = ending(seen)
    silence = found.silence
    if by_whom(found) is not Suspect.BACKEND or unanswered(silence):
        return
    code = "" if silence.close_code in {None, 1006} else f" with code {silence.close_code}"
    leaving = silence.close_code in _LEAVING
    what = "says that it goes away" if leaving else "ends a silent socket by itself"
    yield FAULT.finding(
        f"the application {what} after {silence.held:.0f} s{code}",
        *shown(found),
        severity=Severity.WARNING,
        advice="Look whether the backend was restarted just then; clients must connect again by themselves."
        if leaving
        else "Let the client send a message more often than that, or raise the application's own limit.",
    )
