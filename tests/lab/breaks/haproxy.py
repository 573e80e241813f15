"""Breaks of HAProxy: which rule takes the socket, what it does to it, whom it takes for down."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import SETTLE_SECONDS, run_backend
from tests.lab.host import Host, until
from tests.lab.systems.haproxy import MAIN

HAPROXY = ("haproxy",)
BACKEND = "backend chat_ws\n\ttimeout tunnel 1h\n"


def edit(host: Host, before: str, after: str) -> None:
    """Edit the configuration and reload."""
    host.edit(MAIN, before, after)
    reload_haproxy(host)


def reload_haproxy(host: Host) -> None:
    """Reload and wait until a new worker takes the connections."""
    before = _workers(host)
    host.sh("systemctl reload haproxy")
    until(
        SETTLE_SECONDS,
        f"HAProxy on {host.name} to take up its new configuration",
        lambda: bool(_workers(host) - before),
    )


@broken("haproxy-timeout-tunnel", "cut", systems=HAPROXY, hold=7.0)
def timeout_tunnel(host: Host) -> None:
    """Nobody set `timeout tunnel`, so that a silent socket is cut after three seconds."""
    run_backend(host, "quiet")
    host.edit(
        MAIN, "timeout client  50000\n        timeout server  50000", "timeout client  3s\n        timeout server  3000"
    )
    edit(host, BACKEND, "backend chat_ws\n")


@broken("haproxy-request-denied", "403", systems=HAPROXY, body="403 Forbidden")
def request_denied(host: Host) -> None:
    """A rule against strangers refuses everything below /api/."""
    edit(
        host,
        "\thttp-request set-header",
        "\thttp-request deny if host_chat { path_beg /api/ }\n\thttp-request set-header",
    )


def _workers(host: Host) -> set[str]:
    main = host.sh("systemctl show --value -p MainPID haproxy").stdout.strip()
    return set(host.sh(f"pgrep -P {main}", check=False).stdout.split())
