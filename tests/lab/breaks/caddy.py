"""Breaks of Caddy: which block takes the socket's path, what it makes of it, what Caddy runs with."""

from __future__ import annotations

from tests.lab.breaks.registry import broken
from tests.lab.breaks.steps import restart_chat
from tests.lab.host import Host, until
from tests.lab.site import UNIT
from tests.lab.systems.caddy import SITE

CADDY = ("caddy",)
PROXY = "\t\treverse_proxy 127.0.0.1:8000\n"
BLOCK = f"\thandle /api/* {{\n{PROXY}\t}}\n"
PAGE = "<!doctype html>"


def edit_site(host: Host, before: str, after: str) -> None:
    """Edit the chat's file and reload; Caddy answers once the new configuration runs."""
    host.edit(SITE, before, after)
    host.sh("systemctl reload caddy")


def with_lines(*lines: str, to: str = "127.0.0.1:8000") -> str:
    """The chat's reverse_proxy with a block."""
    return f"\t\treverse_proxy {to} {{\n" + "".join(f"\t\t\t{line}\n" for line in lines) + "\t\t}\n"


@broken("caddy-path-matcher-exact", "200", systems=CADDY, body=PAGE)
def path_matcher_exact(host: Host) -> None:
    """The path of the handle lacks its star."""
    edit_site(host, "handle /api/* {", "handle /api/chat/ws {")


@broken("caddy-path-matcher-exact-proxy", "404", systems=CADDY, fault="caddy-path-matcher-exact")
def path_matcher_exact_proxy(host: Host) -> None:
    """The path stands at the reverse_proxy itself, beside the page, and lacks its star."""
    page = "\troot * /var/www/chat\n\tfile_server\n"
    text = host.read(SITE)
    rest = text[text.index("\t# everything else") :]
    host.edit(SITE, rest, f"{page}}}\n")
    edit_site(
        host, BLOCK, "\treverse_proxy /api/chat/test 127.0.0.1:8000\n\treverse_proxy /api/chat/ws 127.0.0.1:8000\n"
    )


@broken("caddy-handle-path-strip", "403", systems=CADDY)
def handle_path_strip(host: Host) -> None:
    """handle_path takes /api off, and the chat knows its paths with it."""
    edit_site(host, "handle /api/* {", "handle_path /api/* {")


@broken("proxy-path-differs", "403", systems=CADDY)
def path_differs(host: Host) -> None:
    """A rewrite of an older version is left in."""
    edit_site(host, PROXY, f"\t\trewrite * /v1{{uri}}\n{PROXY}")


@broken("proxy-upgrade-not-forwarded", "404", systems=CADDY, body="Not Found")
def upgrade_not_forwarded(host: Host) -> None:
    """A line takes Upgrade away."""
    edit_site(host, PROXY, with_lines("header_up X-Real-IP {remote_host}", "header_up -Upgrade"))


@broken("caddy-1-words", "404", systems=CADDY, fault="proxy-upgrade-not-forwarded", body="Not Found")
def words_of_caddy_1(host: Host) -> None:
    """The lines come from a page about Caddy 1, and Caddy 2 sends them as they stand."""
    edit_site(host, PROXY, with_lines("header_up Connection {>Connection}", "header_up Upgrade {>Upgrade}"))


@broken("proxy-upstream-wrong-port", "502", systems=CADDY)
def upstream_wrong_port(host: Host) -> None:
    """Nobody listens on the port that Caddy dials."""
    edit_site(host, "127.0.0.1:8000", "127.0.0.1:8008")


@broken("proxy-websocket-location-missing", "200", systems=CADDY, body=PAGE)
def location_missing(host: Host) -> None:
    """Only the page is left."""
    edit_site(host, BLOCK, "")


@broken("proxy-host-not-preserved", "403", systems=CADDY)
def host_not_preserved(host: Host) -> None:
    """The backend compares Host with the page's origin, and is sent its own address."""
    host.edit(UNIT, "[Service]\n", "[Service]\nEnvironment=CHECK_HOST=1\n")
    restart_chat(host)
    edit_site(host, PROXY, with_lines("header_up Host {upstream_hostport}"))


@broken("proxy-upstream-https", "502", systems=CADDY)
def upstream_https(host: Host) -> None:
    """Caddy speaks TLS to a backend that does not."""
    edit_site(host, "127.0.0.1:8000", "https://127.0.0.1:8000")


@broken("proxy-site-missing", "200", systems=CADDY)
def site_missing(host: Host) -> None:
    """The site is written for the name with www alone; the shop's certificate names it too, and nothing answers."""
    edit_site(host, f"{host.card.site} {{", f"www.{host.card.site} {{")


@broken("proxy-edited-not-reloaded", "404", systems=CADDY, body="Not Found")
def edited_not_reloaded(host: Host) -> None:
    """The disk is right, and Caddy still runs with what it loaded before."""
    edit_site(host, PROXY, with_lines("header_up -Upgrade"))
    host.sh("sleep 1.1")
    host.edit(SITE, with_lines("header_up -Upgrade"), PROXY)


@broken("proxy-config-broken", "101", systems=CADDY)
def config_broken(host: Host) -> None:
    """A typing error on the disk: Caddy still serves what it loaded before."""
    host.edit(SITE, "reverse_proxy", "revers_proxy")


@broken("proxy-down", "refused", systems=CADDY)
def down(host: Host) -> None:
    """Caddy is stopped."""
    host.sh("systemctl stop caddy")
    until(10, f"Caddy on {host.name} to stop", lambda: not host.sh("ss -Htln 'sport = :443'").stdout)
