"""The way on where an nginx dials itself: a second server of it, which then decides."""

from __future__ import annotations

from dataclasses import replace

from wsfix.drivers.nginx import Config
from wsfix.model.route import Route, RouteKind
from wsfix.model.site import Site

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_MOST_PARTS = 3
"""How often an nginx may dial itself on one way."""


def parts(site: Site, config: Config, route: Route) -> tuple[Route, ...]:
    """Return the parts of a way, one for each server that it goes through; it ends with one that would fail already."""
    way = [route]
    for _ in range(_MOST_PARTS):
        upstream = route.upstream
        if route.kind is not RouteKind.PROXY or upstream is None or not upstream.port:
            break
        if upstream.host.strip("[]") not in LOOPBACK or not config.listens_on(upstream.port):
            break
        if not route.forwards_upgrade or not route.backend_path:
            break
        host = (route.host_sent or site.host).partition(":")[0]
        inner = config.route(host, upstream.port, upstream.scheme == "https", route.backend_path)
        if inner.kind is RouteKind.NONE:
            break
        route = replace(
            inner,
            named=route.named,
            gates=route.gates + inner.gates,
            certificate=route.certificate,
            certificate_position=route.certificate_position,
        )
        way.append(route)
    return tuple(way)
