"""Breaks of Caddy in lines that people add: to the request's headers, before the backend, at the check of its health."""

from __future__ import annotations

from tests.lab.breaks.caddy import CADDY, PROXY, edit_site, with_lines
from tests.lab.breaks.registry import broken
from tests.lab.host import Host


@broken("caddy-key-taken-away", "400", systems=CADDY, fault="proxy-upgrade-not-forwarded", body="Sec-WebSocket-Key")
def key_taken_away(host: Host) -> None:
    """Somebody hides what looks like a secret, and the backend has nothing to answer by."""
    edit_site(host, PROXY, with_lines("header_up -Sec-WebSocket-Key"))
