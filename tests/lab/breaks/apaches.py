"""Breaks of Apache in rules about who may come in, and in lines that change the request's headers."""

from __future__ import annotations

from tests.lab.breaks.apache import BACKEND, KARBAR, SOCKETS, edit_site
from tests.lab.breaks.registry import broken
from tests.lab.host import Host
from tests.lab.systems.karbar import PORT

PAGE = "You don't have permission"


@broken("apache-only-this-host", "403", systems=KARBAR, fault="apache-answers-itself", body=PAGE)
def only_this_host(host: Host) -> None:
    """What forbids forward proxying for others forbids the socket, too; on the host itself all is well."""
    edit_site(host, SOCKETS, f"{SOCKETS}\n    <Proxy *>\n        Require local\n    </Proxy>\n")


@broken("apache-hotlinks", "403", systems=KARBAR, fault="apache-answers-itself", body=PAGE)
def hotlinks(host: Host) -> None:
    """A rule wants the page that a request comes from, and a socket's names none."""
    rule = f"    RewriteCond %{{HTTP_REFERER}} !^https://{host.card.site}/ [NC]\n    RewriteRule ^/be/ - [F]\n"
    edit_site(host, SOCKETS, f"    RewriteEngine On\n{rule}\n{SOCKETS}")


@broken("apache-key-unset", "400", systems=KARBAR, fault="apache-upgrade-not-enabled", body="Sec-WebSocket-Key")
def key_unset(host: Host) -> None:
    """Somebody hides what looks like a secret, and the backend has nothing to answer by."""
    edit_site(host, SOCKETS, f"{SOCKETS}    RequestHeader unset Sec-WebSocket-Key\n")


@broken("apache-upgrade-unset", "404", systems=KARBAR, fault="apache-upgrade-not-enabled")
def upgrade_unset(host: Host) -> None:
    """A line against upgrades to HTTP/2 in the clear takes those to a WebSocket away, too."""
    edit_site(host, SOCKETS, f"{SOCKETS}    RequestHeader unset Upgrade\n")


@broken("apache-upstream-name", "500", systems=KARBAR, fault="backend-address-unknown", body="DNS lookup failure")
def upstream_name(host: Host) -> None:
    """The backend is called by the name that it had beside a container."""
    edit_site(host, f"/be/ws/ {BACKEND}/ws/ upgrade", f"/be/ws/ http://backend.invalid:{PORT}/ws/ upgrade")
