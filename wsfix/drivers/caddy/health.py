"""Active health checks of reverse_proxy (modules/caddyhttp/reverseproxy/healthchecks.go).

They run where a path, a port or an upstream of their own is named; any answer but 2xx, or the one that `health_status` names,
takes the upstream out, and Caddy answers 503 where none is left. Without them an upstream counts as up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsfix.drivers.caddy.headers import without
from wsfix.drivers.caddy.tree import Node
from wsfix.model.route import Route

if TYPE_CHECKING:
    from wsfix.drivers.caddy.config import Config

_STARTING = frozenset({"health_uri", "health_path", "health_port", "health_upstream"})


def checks(config: Config, route: Route) -> list[Node]:
    """The lines of the route's active health check; none where it has none."""
    lines = [node for node in config.reverse_proxy(route).children if node.name.startswith("health_")]
    return lines if any(node.name in _STARTING for node in lines) else []


def without_checks(config: Config, route: Route) -> Config:
    """Take them away."""
    return without(config, checks(config, route))
