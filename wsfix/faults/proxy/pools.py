"""The addresses among which Caddy or HAProxy shares out a route's requests, and which of them are on this host."""

from __future__ import annotations

from wsfix.drivers import caddy, haproxy
from wsfix.errors import CannotEdit
from wsfix.faults.seen import Seen
from wsfix.model.route import PoolMember, Route, RouteKind, Upstream

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_here(seen: Seen, upstream: Upstream) -> bool:
    """Whether an address is one of this very host."""
    host = upstream.host.strip("[]")
    return host in _LOOPBACK or host in (seen.inside.addresses or ())


def pool(seen: Seen, route: Route) -> tuple[PoolMember, ...]:
    """Return the addresses of a route; none where it is not known who of them gets a request."""
    if route.kind is not RouteKind.PROXY or not isinstance(seen.config, caddy.Config | haproxy.Config):
        return ()
    try:
        return seen.config.pool(route)
    except CannotEdit:
        return ()


def ours(seen: Seen, route: Route) -> bool:
    """Whether one of a route's addresses is the site's own backend."""
    if seen.site.backend is None:
        return False
    members = (one.upstream for one in pool(seen, route))
    return any(seen.is_backend(one) and (one.socket is not None or is_here(seen, one)) for one in members)
