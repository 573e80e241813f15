"""The courses of the hotel, a log-in and a token before the socket."""

from __future__ import annotations

from tests.lab.breaks import Break
from tests.lab.course import Course
from tests.lab.courses import everywhere
from tests.lab.host import Host

NAMED = {"origin-value-wrong": "env-value-wrong"}
ADVICE = {
    "auth-rest-vs-ws-differs",
    "auth-token-expired",
    "backend-crash-loop",
    "backend-wrong-entrypoint",
    "fe-hardcoded-localhost",
}
STILL_WORKS = {"fe-hardcoded-localhost", "systemd-not-enabled"}


def course(_host: Host, chosen: Break) -> Course:
    """What is expected of a break of the hotel."""
    if chosen.wide:
        return everywhere.course(chosen)
    fault = NAMED.get(chosen.name, chosen.fault)
    return Course(fault, advice=fault in ADVICE, drift=chosen.name in STILL_WORKS)
