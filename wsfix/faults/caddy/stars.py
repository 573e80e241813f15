"""Paths of a site that lack a star: with it they would take the socket to its backend."""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.caddy import Config
from wsfix.errors import CannotEdit
from wsfix.faults.seen import Seen
from wsfix.model.route import Position, RouteKind


def lacking_stars(seen: Seen) -> Iterator[tuple[Position, str]]:
    """Yield them; none where the proxy is not Caddy."""
    config = seen.config
    if not isinstance(config, Config) or not seen.route.named or seen.site.backend is None:
        return
    for position, pattern in _exact(seen, config):
        if _mends(seen, config, position, pattern):
            yield position, pattern


def _exact(seen: Seen, config: Config) -> Iterator[tuple[Position, str]]:
    """Yield the paths without a star, of the answering site, below which the socket's path lies."""
    path = seen.site.path
    for node in config.site(seen.route.server).node.walk():
        for word in node.args:
            if word.startswith("/") and "*" not in word and path != word and path.startswith(f"{word.rstrip('/')}/"):
                yield node.position, word


def _mends(seen: Seen, config: Config, position: Position, pattern: str) -> bool:
    try:
        route = seen.with_config(config.match_below(position, pattern)).route
    except CannotEdit:
        return False
    before = seen.route.upstream
    if route.kind is not RouteKind.PROXY or route.upstream is None or route.upstream.port != seen.backend.port:
        return False
    return before is None or before.port != seen.backend.port
