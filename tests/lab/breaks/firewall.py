"""Breaks of the firewall: ufw keeps the users out, or lets everybody in."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import restart_chat
from tests.lab.host import Host
from tests.lab.site import BACKEND_PORT, UNIT


@broken("fw-drops-http", "timeout")
def drops_http(host: Host) -> None:
    """Port 443 is not allowed, so packets from outside vanish."""
    host.sh("ufw delete allow 443/tcp")


@broken("fw-backend-exposed", "101")
def backend_exposed(host: Host) -> None:
    """The backend listens on every address and ufw lets anybody reach it, past TLS and the proxy."""
    host.edit(UNIT, "--host 127.0.0.1", "--host 0.0.0.0")
    restart_chat(host)
    host.sh(f"ufw allow {BACKEND_PORT}/tcp")


@broken("fw-not-enabled", "101")
def not_enabled(host: Host) -> None:
    """Somebody switched ufw off for a test, and forgot."""
    host.sh("ufw disable")


@broken("fw-drops-http-before-ufw", "timeout", fault="fw-drops-http", confirm="fw-drops-http")
def drops_before_ufw(host: Host) -> None:
    """Somebody closed 443 with iptables for the time of a move; `ufw status` shows nothing of it."""
    host.sh("iptables -I INPUT -p tcp --dport 443 -j DROP")


@broken("fw-nat-elsewhere", "timeout", confirm="fw-nat-elsewhere")
def nat_elsewhere(host: Host) -> None:
    """A rule from the days when the application listened on 8443 itself was never taken away; ufw lets nobody to 8443."""
    host.sh("iptables -t nat -A PREROUTING -p tcp --dport 443 -j REDIRECT --to-ports 8443")


@broken("fw-blocks-loopback", "502", body="502 Bad Gateway")
def blocks_loopback(host: Host) -> None:
    """A rule against the backend's port keeps the proxy from it too."""
    host.sh(f"iptables -I OUTPUT -p tcp --dport {BACKEND_PORT} -j REJECT")
