"""What takes the socket's path behind Caddy or HAProxy: an entry of its own, or one for everything."""

from __future__ import annotations

from wsfix.drivers.config import ProxyConfig
from wsfix.faults.placing import mapped_uri, pattern_of
from wsfix.faults.proxy.pools import ours
from wsfix.faults.seen import Seen
from wsfix.model.route import Route, RouteKind


def is_broad(route: Route) -> bool:
    """Whether the entry that answers has no path of its own below the root."""
    pattern = pattern_of(route).rstrip("*")
    return not pattern.startswith("/") or pattern == "/"


def goes_elsewhere(seen: Seen) -> bool:
    """Whether a broad entry hands the path to another program that listens: the socket lacks an entry of its own."""
    route = seen.route
    if route.upstream is None or seen.site.backend is None or not is_broad(route):
        return False
    port = route.upstream.port
    elsewhere = port != 0 and not seen.is_backend(route.upstream)
    return elsewhere and bool(seen.listeners(port)) and not ours(seen, route)


def corrected(seen: Seen) -> ProxyConfig:
    """Return the configuration that maps the public path to the backend's."""
    pattern = pattern_of(seen.route).rstrip("*")
    prefix = pattern if pattern.startswith("/") else seen.site.prefix
    return seen.config.set_upstream_uri(seen.route, mapped_uri(seen, prefix))


def answers(route: Route) -> bool:
    """Whether the route ends in an answer of an entry of its own, or in a redirection to another name."""
    if route.kind is not RouteKind.RETURN:
        return False
    if route.redirect:
        return route.match.startswith(("redir", "handle", "route"))
    return not is_broad(route)
