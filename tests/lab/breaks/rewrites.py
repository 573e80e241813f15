"""Breaks of mod_rewrite: the rule that hands the socket on, in the ways in which people get it wrong."""

from __future__ import annotations

from tests.lab import client
from tests.lab.breaks.apache import KARBAR, SOCKETS, edit_site
from tests.lab.breaks.registry import broken
from tests.lab.client import Knock
from tests.lab.host import Host
from tests.lab.systems.karbar import PORT

RULE = rf"""    RewriteEngine On
    RewriteCond %{{HTTP:Upgrade}} websocket [NC]
    RewriteCond %{{HTTP:Connection}} upgrade [NC]
    RewriteRule ^/be/ws/(.*)$ ws://127.0.0.1:{PORT}/ws/$1 [P,L]
"""


def as_chrome(host: Host, path: str) -> Knock:
    """Knock with the Connection header that Chrome sends, and follow nothing."""
    reply = client.shake(host.card, path, "Upgrade")
    return Knock(str(reply.status), reply.headers.get("location", reply.body))


def as_firefox(host: Host, path: str) -> Knock:
    """Knock with the Connection header that Firefox sends."""
    reply = client.shake(host.card, path, "keep-alive, Upgrade")
    return Knock(str(reply.status), reply.body)


@broken("apache-rewrite-no-P", "302", systems=KARBAR, ask=as_chrome)
def rewrite_no_p(host: Host) -> None:
    """The rule lacks [P], so Apache sends the client to the backend's own address."""
    _rewritten(host, RULE.replace("[P,L]", "[L]"))


@broken("apache-rewrite-http-scheme", "404", systems=KARBAR, body="Not Found")
def rewrite_http_scheme(host: Host) -> None:
    """The rule hands on to http://, where no worker may upgrade."""
    _rewritten(host, RULE.replace("ws://", "http://"))


@broken("apache-connection-regex-anchored", "404", systems=KARBAR, body="Not Found", ask=as_firefox)
def connection_regex_anchored(host: Host) -> None:
    """The condition wants Connection to be `Upgrade` and nothing else; Firefox sends `keep-alive, Upgrade`."""
    _rewritten(host, RULE.replace("{HTTP:Connection} upgrade", "{HTTP:Connection} ^Upgrade$"))


def _rewritten(host: Host, rule: str) -> None:
    edit_site(host, SOCKETS, rule)
