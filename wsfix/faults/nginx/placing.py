"""Where a repaired or new location for the socket goes: decisions that several nginx faults share."""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.nginx import Config
from wsfix.faults.seen import Seen
from wsfix.model.route import Route, RouteKind

SHARED_LEVELS = 1


def is_own(seen: Seen, route: Route) -> bool:
    """Whether the location that answers is the socket's own, and not a broad one that pages and the API share."""
    words = route.match.split()
    if not words or words[-1] == "/":
        return False
    if "~" in words[-2] and words[-2] != "^~":
        return True
    return seen.site.prefix.count("/") - words[-1].count("/") <= SHARED_LEVELS


def new_location(seen: Seen) -> Iterator[Config]:
    """Add a location for the socket to the server that answers for its URL."""
    route, site = seen.route, seen.site
    like = route if route.kind is RouteKind.PROXY else None
    host: str
    if site.backend is not None:
        host, port = site.backend.host, site.backend.port
    elif like is not None and like.upstream is not None:
        host, port = like.upstream.host, like.upstream.port
    else:
        return
    yield seen.nginx.add_websocket_location(
        route.server,
        site.prefix,
        host,
        port,
        uri=mapped_uri(site.prefix, site.path, site.backend_path),
        exact=not site.has_placeholder and not site.prefix.endswith("/"),
        idle_seconds=site.idle_or_default,
        like=like,
    )


def mapped_uri(prefix: str, path: str, wanted: str) -> str | None:
    """Return the URI part that makes a location with `prefix` send `path` as `wanted`; None for none needed.

    nginx replaces the part of the path that matched the location by that URI (ngx_http_proxy_module, proxy_pass).
    """
    rest = path[len(prefix) :] if path.startswith(prefix) else ""
    if wanted == path or not wanted.endswith(rest):
        return None
    return wanted[: len(wanted) - len(rest)] or "/"
