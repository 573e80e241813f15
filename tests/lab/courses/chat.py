"""The courses of the chat."""

from __future__ import annotations

from typing import Any

from tests.lab.breaks import Break, refusals
from tests.lab.breaks.room import EXPECTED
from tests.lab.client import WS_PATH, reachable
from tests.lab.course import Course
from tests.lab.host import Host

NAMED = {"nginx-location-missing": "nginx-upgrade-headers-missing", "origin-value-wrong": "env-value-wrong"}
"""The lab's word for a break where wsfix has another for the fault."""
ADVICE = {
    "nginx-http-to-https-301",
    "nginx-config-broken",
    "backend-crash-loop",
    "backend-wrong-entrypoint",
    "dns-wrong-address",
    "scheme-ws-to-tls-port",
    "tls-mtls-required",
    "closed-after-accept",
    "systemd-exec-failed-user",
    "systemd-start-skipped",
    "ws-route-missing",
    "nginx-down-port-held",
    "fe-csp-connect-src",
    "subprotocol-unrequested",
    "listens-on-loopback-only",
    "fw-blocks-loopback",
    "proxy-protocol-expected",
    "application-raises",
    "application-refuses",
}
STILL_WORKS = {
    "nginx-map-undefined",
    "nginx-config-broken",
    "systemd-not-enabled",
    "systemd-type-mismatch",
    "fw-backend-exposed",
    "nginx-proxy-read-timeout",
    "fw-ufw-lockout",
    "tls-key-mismatch",
    "backend-reload-flag-prod",
    "fe-csp-connect-src",
    "fw-not-enabled",
}
"""Breaks that a client does not feel at once: found as drift while the handshake succeeds."""
ONLY_LOADED = {"nginx-edited-not-reloaded", "env-not-loaded", "tls-renewed-not-reloaded"}
CONFIRMED = {"dns-aaaa-no-listener", "fw-ufw-lockout", "tls-old-protocol", "systemd-exec-failed"}
"""Cures that open something, or change what clients may speak."""
PREFIXED = {"nginx-prefix-not-stripped", "nginx-double-slash"}
"""Breaks of a site whose prefix the proxy has to take away."""
PLAIN = {"nginx-http-to-https-301"}
"""Breaks that an address with ws:// shows."""
SITES = {
    "scheme-ws-to-tls-port": {"url": "ws://{card.site}:443{path}", "origins": ["https://{card.site}"]},
    "dns-aaaa-no-listener": {"address": "{card.address6}"},
    "dns-wrong-address": {"address": "127.0.0.9"},
    "fw-not-enabled": {"firewall": {"open": [80, 443], "closed": [8000], "enabled": True}},
    "systemd-exec-failed": {"backend": {"directory": "/opt/chat"}},
}


def course(host: Host, chosen: Break) -> Course:
    """What is expected of a break of the chat."""
    fault = NAMED.get(chosen.fault, chosen.fault)
    asked = refusals.site_of(host, chosen.name)
    more = {"proved": _not_reachable} if chosen.name == "fw-backend-exposed" else {}
    usual: dict[str, Any] = {
        "advice": bool({fault, chosen.name} & (ADVICE | refusals.ADVICE)),
        "drift": chosen.name in STILL_WORKS | refusals.FOUND_BESIDE,
        "beside": refusals.BESIDE.get(chosen.name, ()),
        "only_loaded": chosen.name in ONLY_LOADED,
        "site": _site(host, chosen) if asked is None else asked,
        "confirm": fault if chosen.name in CONFIRMED | refusals.CONFIRM else chosen.confirm,
    }
    return Course(fault, **{**usual, **more, **EXPECTED.get(chosen.name, {})})


def _site(host: Host, chosen: Break) -> dict[str, object]:
    """What the operator asks of the site, where a break needs it said differently."""
    if chosen.name in SITES:
        return {key: _filled(value, host, chosen) for key, value in SITES[chosen.name].items()}
    scheme = "ws" if chosen.name in PLAIN else "wss"
    if chosen.path == WS_PATH and scheme == "wss":
        return {}
    site: dict[str, object] = {"url": f"{scheme}://{host.card.site}{chosen.path}"}
    return site | ({"backend": {"path": WS_PATH}} if chosen.name in PREFIXED else {})


def _filled(value: Any, host: Host, chosen: Break) -> Any:
    if isinstance(value, list):
        return [_filled(each, host, chosen) for each in value]
    return value.format(card=host.card, path=chosen.path) if isinstance(value, str) else value


def _not_reachable(host: Host) -> None:
    assert not reachable(host.card.address4, 8000)
