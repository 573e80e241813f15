"""The courses of kar.bar, which stands behind Apache."""

from __future__ import annotations

from tests.lab.breaks import Break
from tests.lab.client import reachable
from tests.lab.course import Course
from tests.lab.host import Host
from tests.lab.systems import karbar

NAMED = {
    "apache-mod-missing-proxy": "apache-mod-missing",
    "apache-mod-missing-proxy_http": "apache-mod-missing",
    "apache-mod-missing-rewrite": "apache-mod-missing",
    "apache-requestheader-folklore": "apache-requestheader-folklore",
    "apache-rewrite-no-P": "apache-rewrite-no-p",
    "origin-value-wrong": "env-value-wrong",
}
"""The lab's word for a break where wsfix has another for the fault."""
ADVICE = {
    "apache-answers-itself",
    "apache-config-broken",
    "backend-crash-loop",
    "backend-wrong-entrypoint",
    "fe-dev-proxy-no-ws",
    "fe-hardcoded-localhost",
}
STILL_WORKS = {
    "apache-config-broken",
    "apache-connection-regex-anchored",
    "apache-timeout-idle",
    "client-env-wrong",
    "fe-dev-proxy-no-ws",
    "fe-hardcoded-localhost",
    "fw-backend-exposed",
    "systemd-not-enabled",
}
"""Breaks that Chrome does not feel at once: found as drift while the handshake succeeds."""
ONLY_LOADED = {"apache-edited-not-reloaded", "env-not-loaded"}
CONFIRMED = {"apache-proxy-denied"}
"""Cures that open what somebody closed."""


def course(_host: Host, chosen: Break) -> Course:
    """What is expected of a break of kar.bar."""
    fault = NAMED.get(chosen.name, chosen.fault)
    more = {"proved": _not_reachable} if chosen.name == "fw-backend-exposed" else {}
    return Course(
        fault,
        advice=fault in ADVICE,
        drift=chosen.name in STILL_WORKS,
        only_loaded=chosen.name in ONLY_LOADED,
        confirm=fault if fault in CONFIRMED else "",
        **more,
    )


def _not_reachable(host: Host) -> None:
    assert not reachable(host.card.address4, karbar.PORT)
