"""The way on where an nginx dials itself: a second server of it, which then decides."""

from __future__ import annotations

from dataclasses import replace

from wsfix.drivers.nginx import Config
from wsfix.model.route import Route, RouteKind
from wsfix.model.site import Site

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_MOST_PARTS = 3
"""How often an nginx may dial itself on one way."""


def followed(site: Site, config: Config, route: Route, *, works: bool) -> Route:
    """Return the part of a way that counts: the last, unless one before it would fail already.

    An idle time that is too short counts where the handshake `works`; else it is not what fails.
    """
    for _ in range(_MOST_PARTS):
        upstream = route.upstream
        if route.kind is not RouteKind.PROXY or upstream is None or not upstream.port:
            break
        if upstream.host.strip("[]") not in LOOPBACK or not config.listens_on(upstream.port):
            break
        too_short = works and route.idle_seconds < site.idle_or_default
        if not route.forwards_upgrade or too_short or not route.backend_path:
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
    return route
