"""Each new socket of a user silences the one before it: the application keeps one socket for each user.

Seen as: a second tab, or a page loaded anew before the old socket ended, takes all messages; the first tab stays quiet.
Told apart: of several sockets of one user only the last one opened hears a message, and after one more was opened only that
one does; or each is closed as the next is opened. Several processes would let others hear, and the same again.
Changed: nothing. A set of sockets for each user, in place of one, is code: `connections[user].add(socket)`.
Source: RFC 6455 section 4.1 (several connections of one client are allowed); measured by `wsfix check --delivery`.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults.after.silence import counted, delivery
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS664", "multi-instance-last-wins", Hop.APPLICATION, Safety.ADVICE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where that was shown; a note where the application closes the older socket, which it may well mean to do."""
    told = delivery(seen)
    if not told.last_wins:
        return
    closed = sum(ear.closed for ear in told.ears)
    if closed:
        message = "a new socket of a user closes the one before it"
        evidence = [Evidence("sockets of one user", f"{closed} of {told.opened} closed as the next was opened")]
    else:
        message = "of several sockets of one user only the last one hears"
        heard = sum(ear.heard for ear in told.again)
        evidence = [
            counted(told),
            Evidence("after one more was opened", f"only that one heard, {heard} of {len(told.again)}"),
        ]
    yield FAULT.finding(
        message,
        *evidence,
        severity=Severity.NOTE if closed else Severity.WARNING,
        advice="Keep a set of sockets for each user, and send to all of them.",
    )
