"""The courses of the chat behind Caddy."""

from __future__ import annotations

from tests.lab.breaks import Break
from tests.lab.course import Course
from tests.lab.host import Host

ADVICE = {"proxy-answers-itself", "proxy-config-broken"}
STILL_WORKS = {"caddy-connection-of-chrome", "proxy-config-broken"}
"""Breaks that a client does not feel at once."""
ONLY_LOADED = {"proxy-edited-not-reloaded"}
CONFIRMED = {
    "caddy-health-check",
    "caddy-upstream-unset",
    "proxy-upstream-https",
    "proxy-upstream-member-dead",
}


def course(_host: Host, chosen: Break) -> Course:
    """What is expected of a break of the chat behind Caddy."""
    return Course(
        chosen.fault,
        advice=chosen.fault in ADVICE,
        drift=chosen.name in STILL_WORKS,
        only_loaded=chosen.name in ONLY_LOADED,
        confirm=chosen.fault if {chosen.fault, chosen.name} & CONFIRMED else "",
    )
