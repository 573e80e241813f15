"""The upstreams between which a reverse_proxy shares out its requests (caddyfile, reverse_proxy: load balancing, health checks).

Caddy asks the next upstream only where `lb_retries` or `lb_try_duration` lets it, and knows by itself that one is dead only by
active health checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsfix.drivers.caddy import splice, upstream
from wsfix.drivers.caddy.targets import unmatched, word_of
from wsfix.errors import CannotEdit
from wsfix.model.route import PoolMember, Route

if TYPE_CHECKING:
    from wsfix.drivers.caddy.config import Config

_PASSES_OVER = ("lb_retries", "lb_try_duration", "health_uri", "health_path", "health_port")


def pool(config: Config, route: Route) -> tuple[PoolMember, ...]:
    """The route's upstreams in their order; none where they are found while it runs (`dynamic`)."""
    proxy = config.reverse_proxy(route)
    if proxy.all("dynamic"):
        return ()
    policy, by_tls = proxy.last("lb_policy"), upstream.speaks_tls(proxy)
    first = policy is not None and policy.args[:1] == ("first",)
    again = any(proxy.last(name) for name in _PASSES_OVER)
    found: list[PoolMember] = []
    for text, position, _ in upstream.upstreams(proxy, unmatched(proxy)):
        where = upstream.address(text, position, by_tls=by_tls)
        if where is not None:
            found.append(PoolMember(where, text, takes_turn=not (first and found), passed_over=again))
    return tuple(found)


def set_aside(config: Config, route: Route, gone: PoolMember) -> Config:
    """Take an address out of the route's upstreams."""
    proxy = config.reverse_proxy(route)
    held = upstream.upstreams(proxy, unmatched(proxy))
    if all(text == gone.written for text, _, _ in held):
        raise CannotEdit(f"{proxy.position}: reverse_proxy would have no upstream left")
    node = next((node for text, _, node in held if text == gone.written), None)
    if node is None:
        return config
    document = config.document(node)
    _ = word_of(node, gone.written)
    kept = tuple(word for word in node.args if word != gone.written)
    if kept or node is proxy:
        return config.with_document(splice.replace_arguments(document, node.directive, kept))
    return config.with_document(splice.delete(document, node.directive))
