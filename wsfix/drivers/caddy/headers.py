"""Lines that change the request's headers: those by which a handshake or its Host is lost are taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wsfix.drivers.caddy import splice, upstream
from wsfix.drivers.caddy.tree import Node
from wsfix.errors import CannotEdit
from wsfix.model.route import Route

if TYPE_CHECKING:
    from wsfix.drivers.caddy.config import Config


def forward_upgrade(config: Config, route: Route) -> Config:
    """Take away what removes or overwrites Upgrade and Connection; Caddy sets both by itself."""
    proxy = config.reverse_proxy(route)
    if route.forwards_upgrade:
        return config
    early, late = _changes(config, route, proxy)
    gone: list[upstream.Change] = []
    while found := upstream.lost(early, late):
        gone += found
        early, late = [one for one in early if one not in found], [one for one in late if one not in found]
    if not gone:
        raise CannotEdit(f"{proxy.position}: {route.why_not}")
    return without(config, [one.node for one in gone])


def keep_host(config: Config, route: Route) -> Config:
    """Take away what sets Host; Caddy sends the client's own."""
    proxy = config.reverse_proxy(route)
    return without(
        config, [one.node for part in _changes(config, route, proxy) for one in part if one.concerns("host")]
    )


def _changes(config: Config, route: Route, proxy: Node) -> tuple[list[upstream.Change], list[upstream.Change]]:
    earlier = [node for node in config.site(route.server).node.walk() if node.name == "request_header"]
    bare = {id(node): _unmatched(node.args) for node in earlier}
    return list(upstream.changes(earlier, bare)), list(upstream.changes(proxy.all("header_up")))


def _unmatched(args: tuple[str, ...]) -> tuple[str, ...]:
    return args[1:] if args and (args[0] == "*" or args[0].startswith(("/", "@"))) else args


def without(config: Config, nodes: Sequence[Node]) -> Config:
    """Take the lines of some directives away."""
    for node in sorted({one.place: one for one in nodes}.values(), key=lambda one: one.place, reverse=True):
        document = config.document(node)
        directive = next(one for one in document.walk() if one.start == node.directive.start)
        config = config.with_document(splice.delete(document, directive))
    return config
