"""The courses of the hotel, a log-in and a token before the socket."""

from __future__ import annotations

from tests.lab.breaks import Break
from tests.lab.course import Course
from tests.lab.courses import everywhere
from tests.lab.host import Host

NAMED = {"origin-value-wrong": "env-value-wrong"}
OF_THE_PAGE = {"fe-dev-server-port", "fe-hardcoded-localhost", "fe-websocket-disabled-flag", "fe-wrong-base-path"}
ADVICE = {"auth-rest-vs-ws-differs", "auth-token-expired", "backend-crash-loop", "http-route-shadows"} | OF_THE_PAGE
STILL_WORKS = {"systemd-not-enabled"} | OF_THE_PAGE


def course(_host: Host, chosen: Break) -> Course:
    """What is expected of a break of the hotel."""
    if chosen.wide:
        return everywhere.course(chosen)
    fault = NAMED.get(chosen.name, chosen.fault)
    return Course(fault, advice=fault in ADVICE, drift=chosen.name in STILL_WORKS, confirm=chosen.confirm)
