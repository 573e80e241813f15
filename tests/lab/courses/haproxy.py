"""The courses of the chat behind HAProxy."""

from __future__ import annotations

from tests.lab.breaks import Break
from tests.lab.course import Course
from tests.lab.host import Host

ADVICE = {"proxy-config-broken", "haproxy-rate-limit"}
STILL_WORKS = {"haproxy-timeout-tunnel", "haproxy-config-broken"}
"""Breaks that a client does not feel at once: found as drift while the handshake succeeds."""
CONFIRMED = {
    "haproxy-request-denied",
    "haproxy-httpchk-404",
    "haproxy-redirected",
    "proxy-upstream-https",
    "proxy-upstream-member-dead",
    "haproxy-timeout-unit",
    "haproxy-accept-proxy",
    "haproxy-send-proxy",
}
"""Cures that open what somebody closed."""


def course(_host: Host, chosen: Break) -> Course:
    """What is expected of a break of the chat behind HAProxy."""
    confirm = chosen.fault if chosen.fault in CONFIRMED else ""
    return Course(
        chosen.fault,
        advice=bool({chosen.name, chosen.fault} & ADVICE),
        drift=chosen.name in STILL_WORKS,
        only_loaded=chosen.name == "haproxy-edited-not-reloaded",
        confirm=confirm,
    )
