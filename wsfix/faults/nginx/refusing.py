"""Whether nginx itself refused the handshake, or handed on what the backend said; and the differences that explain it."""

from __future__ import annotations

from urllib.parse import urlsplit

from wsfix.drivers.config import ProxyConfig
from wsfix.drivers.nginx.tree import Node
from wsfix.faults.placing import is_own, new_location
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.route import Route, RouteKind
from wsfix.model.walk import Exchange, Reply, Walk

_PAGE = b"<center>nginx"
"""At the foot of every page that nginx makes itself (ngx_http_special_response.c), with or without server_tokens."""


def reply_of(walk: Walk | None) -> Reply | None:
    """Return what a walk was answered."""
    return walk.handshake.reply if walk is not None and walk.handshake is not None else None


def by_nginx(seen: Seen, *statuses: int) -> Walk | None:
    """Return the walk that nginx itself answered with one of these statuses; the outside counts first."""
    direct = reply_of(seen.observation.backend)
    for walk in (seen.observation.outside, seen.observation.proxy):
        reply = reply_of(walk)
        if walk is None or reply is None or walk.sound or reply.status not in statuses or _PAGE not in reply.body:
            continue
        if direct is not None and direct.status == reply.status and direct.body == reply.body:
            continue  # an nginx behind this one
        return walk
    return None


def polled_by_nginx(seen: Seen, status: int) -> Exchange | None:
    """Return the further request of a polling session that nginx itself answered so."""
    for walk in (seen.observation.outside, seen.observation.proxy):
        poll = walk.session.sticky if walk is not None and walk.session is not None else None
        if poll is not None and poll.reply is not None and poll.reply.status == status and _PAGE in poll.reply.body:
            return poll
    return None


def routed(seen: Seen) -> Route:
    """Return the route, where a server of the configuration takes the URL."""
    if seen.route.kind is RouteKind.NONE:
        raise NotApplicable
    return seen.route


def worded(node: Node) -> str:
    """Return a directive in its own words."""
    return f"`{' '.join((node.name, *node.args))}`"


def host_sent(seen: Seen) -> tuple[str, int] | None:
    """Return the name and the port of the Host that the backend is sent; None where that is not known."""
    site, sent = seen.site, seen.proxied.host_sent
    try:
        parts = urlsplit(f"//{sent}") if sent else None
        port = parts.port if parts else None
    except ValueError:
        return None
    default = 443 if site.tls else 80
    return (parts.hostname, port or default) if parts and parts.hostname else None


def only_through_nginx(seen: Seen, statuses: frozenset[int]) -> Walk | None:
    """Return the walk on which the backend refused through nginx what it takes directly; path and upgrade are right."""
    route = seen.proxied
    if seen.works_through_proxy or not route.forwards_upgrade or not seen.backend_works:
        return None
    if route.backend_path not in {None, seen.site.backend_path} or by_nginx(seen, *statuses) is not None:
        return None
    walk = seen.through_proxy
    return walk if walk.status in statuses else None


def before_the_location(seen: Seen, directive: str, *args: str) -> ProxyConfig:
    """Set a directive that counts while the request is read: in the server, and without TLS for the default server too.

    With TLS the name is known before the request (SNI, RFC 6066 section 3); without it, only once Host was read.
    """
    config = seen.nginx
    server = config.server(seen.route.server)
    if seen.site.tls or server.node.last(directive) is not None:
        config = config.set_directive(server.position, directive, *args)
    return config if seen.site.tls else config.set_directive(config.http.position, directive, *args)


def in_own_location(seen: Seen, directive: str, *args: str) -> ProxyConfig | None:
    """Set a directive where it concerns the socket alone: in its own location, or in a new one before a broad one."""
    if is_own(seen, seen.route):
        return seen.nginx.set_directive(seen.route.position, directive, *args)
    for config in new_location(seen):
        made = seen.with_config(config)
        return made.nginx.set_directive(made.route.position, directive, *args)
    return None
