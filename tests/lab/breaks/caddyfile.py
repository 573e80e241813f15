"""Breaks of Caddy in lines that people add: to the request's headers, before the backend, at the check of its health."""

from __future__ import annotations

from tests.lab.breaks.caddy import BLOCK, CADDY, PROXY, edit_site, with_lines
from tests.lab.breaks.registry import broken
from tests.lab.host import Host

_HASH = "$2a$14$Zkx19XLiW6VYouLHR5NmfOFU0z2GTNmpkT/5qqR7hx4IjWJPDhjvG"
"""Of the password `hiccup`, from Caddy's own manual."""


@broken("caddy-key-taken-away", "400", systems=CADDY, fault="proxy-upgrade-not-forwarded", body="Sec-WebSocket-Key")
def key_taken_away(host: Host) -> None:
    """Somebody hides what looks like a secret, and the backend has nothing to answer by."""
    edit_site(host, PROXY, with_lines("header_up -Sec-WebSocket-Key"))


@broken("caddy-basic-auth", "401", systems=CADDY, fault="proxy-answers-itself")
def basic_auth(host: Host) -> None:
    """The whole site asks for a password, by the word that every Caddy 2 knows."""
    lines = f"\tbasicauth {{\n\t\tann {_HASH}\n\t}}\n"
    edit_site(host, BLOCK, f"{lines}{BLOCK}")


@broken("caddy-forward-auth-gone", "502", systems=CADDY, fault="proxy-answers-itself")
def forward_auth_gone(host: Host) -> None:
    """The service that is asked whom to let in has moved away."""
    edit_site(host, PROXY, f"\t\tforward_auth 127.0.0.1:9091 {{\n\t\t\turi /api/verify\n\t\t}}\n{PROXY}")


@broken("caddy-remote-ip", "403", systems=CADDY, fault="proxy-answers-itself")
def remote_ip(host: Host) -> None:
    """Only the office and the host itself are let in."""
    rule = "@out not remote_ip 192.168.0.0/16 127.0.0.0/8 ::1"
    edit_site(host, PROXY, f"\t\t{rule}\n\t\trespond @out 403\n{PROXY}")


@broken("caddy-redir-within", "301", systems=CADDY, fault="proxy-answers-itself")
def redir_within(host: Host) -> None:
    """The API moved to a name of its own, and its old path sends everybody there."""
    edit_site(host, PROXY, "\t\tredir https://api.example.test{uri} permanent\n" + PROXY)


@broken("caddy-health-check", "503", systems=CADDY)
def health_check(host: Host) -> None:
    """The check of health asks for a path that the application does not have."""
    edit_site(host, PROXY, with_lines("health_uri /healthz", "health_interval 1s"))
    host.sh("sleep 1.5")


@broken("caddy-upstream-unset", "503", systems=CADDY, fault="backend-address-unknown")
def upstream_unset(host: Host) -> None:
    """The file comes from a container whose environment names the backend."""
    edit_site(host, PROXY, "\t\treverse_proxy {$CHAT_UPSTREAM}\n")


@broken("caddy-upstream-unix-gone", "502", systems=CADDY, fault="backend-address-unknown")
def upstream_unix_gone(host: Host) -> None:
    """The backend listens on a port now, and Caddy still opens its socket of before."""
    edit_site(host, PROXY, "\t\treverse_proxy unix//run/chat/chat.sock\n")


@broken("caddy-upstream-name", "502", systems=CADDY, fault="backend-address-unknown")
def upstream_name(host: Host) -> None:
    """The backend is called by the name that it had beside a container."""
    edit_site(host, PROXY, "\t\treverse_proxy backend.invalid:8000\n")


@broken("caddy-connection-of-chrome", "101", systems=CADDY, fault="caddy-path-matcher-exact")
def connection_of_chrome(host: Host) -> None:
    """The matcher is the one of many pages, and Firefox's Connection is another than Chrome's."""
    matcher = "\t@sockets {\n\t\theader Connection Upgrade\n\t\theader Upgrade websocket\n\t}\n"
    edit_site(host, BLOCK, f"{matcher}\thandle @sockets {{\n{PROXY}\t}}\n{BLOCK.replace('/api/*', '/api/chat/test')}")
