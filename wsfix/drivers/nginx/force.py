"""Which directives are in force where a route ends: nginx merges http{}, server{} and the locations from outside to inside.

What may stand several times on a level (allow, limit_req, error_page, proxy_hide_header) is inherited as a whole, and only
where the inner level has none of its own (ngx_http_access_module, ngx_http_limit_req_module, ngx_http_core_module).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsfix.drivers.nginx import splice
from wsfix.drivers.nginx.proxy import target, upstream_block
from wsfix.drivers.nginx.tree import Node
from wsfix.errors import CannotEdit
from wsfix.model.route import Route

if TYPE_CHECKING:
    from wsfix.drivers.nginx.config import Config

_DOWN = "down"


def scope(config: Config, route: Route) -> tuple[Node, ...]:
    """The blocks around a route's end, from http{} to the innermost location."""
    inner = config.location(route).scope if route.match else ()
    return (config.http, config.server(route.server).node, *inner)


def in_force(config: Config, route: Route, *names: str) -> tuple[Node, ...]:
    """The directives of these names on the innermost level that has any."""
    for node in reversed(scope(config, route)):
        if found := node.all(*names):
            return tuple(found)
    return ()


def without(config: Config, node: Node) -> Config:
    """The configuration without one directive."""
    if config.times_used(node) > 1:
        raise CannotEdit(f"{node.position}: {node.name} stands in a file that is included elsewhere too")
    return config.with_document(splice.delete(config.document(node), node.directive))


def pool(config: Config, route: Route) -> tuple[Node, tuple[Node, ...]] | None:
    """The upstream{} that a route proxies to and its servers; None where it proxies to an address or to a variable."""
    node = next(iter(scope(config, route)[-1].all("proxy_pass")), None)
    where = target(node.args[0]) if node is not None and node.args else None
    block = upstream_block(config.http, where.authority) if where else None
    return None if block is None else (block, tuple(one for one in block.all("server") if one.args))


def mark_down(config: Config, server: Node, *, down: bool) -> Config:
    """Mark a server of an upstream{} as `down`, or take the word away."""
    words = (*(word for word in server.args if word != _DOWN), *([_DOWN] if down else []))
    return config.with_document(splice.replace_arguments(config.document(server), server.directive, words))
