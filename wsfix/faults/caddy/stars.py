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


def narrow_headers(seen: Seen) -> Iterator[tuple[Position, str, str]]:
    """Yield each value of Connection or Upgrade that a matcher spells too narrowly, and the one that would do."""
    config = seen.config
    if not isinstance(config, Config) or not seen.route.named or seen.site.backend is None:
        return
    for node in config.site(seen.route.server).node.walk():
        words = node.words[1:] if node.name.startswith("@") and not node.children else node.words
        if len(words) != 3 or words[0] != "header":  # noqa: PLR2004
            continue
        name, old = words[1].lower(), words[2]
        new = _SPELT.get((name, old.lower()), old)
        if new != old and _does(seen, config, node.position, old, new):
            yield node.position, old, new


def _does(seen: Seen, config: Config, position: Position, old: str, new: str) -> bool:
    try:
        return _reaches(seen, config.match_value(position, old, new))
    except CannotEdit:
        return False


_SPELT = {("connection", "upgrade"): "*Upgrade*", ("upgrade", "websocket"): "websocket"}
"""Header and value in lower case → what every browser's handshake matches; Firefox sends `keep-alive, Upgrade`."""


def too_narrow(seen: Seen) -> bool:
    """Whether a matcher of the site would take the socket to its backend, were it spelt more widely."""
    return any(lacking_stars(seen)) or any(narrow_headers(seen))


def _exact(seen: Seen, config: Config) -> Iterator[tuple[Position, str]]:
    """Yield the paths without a star, of the answering site, below which the socket's path lies."""
    path = seen.site.path
    for node in config.site(seen.route.server).node.walk():
        for word in node.args:
            if word.startswith("/") and "*" not in word and path != word and path.startswith(f"{word.rstrip('/')}/"):
                yield node.position, word


def _mends(seen: Seen, config: Config, position: Position, pattern: str) -> bool:
    try:
        return _reaches(seen, config.match_below(position, pattern))
    except CannotEdit:
        return False


def _reaches(seen: Seen, config: Config) -> bool:
    """Whether the socket comes to its backend by a configuration, and does not by the present one."""
    route, before = seen.with_config(config).route, seen.route.upstream
    if route.kind is not RouteKind.PROXY or not seen.is_backend(route.upstream):
        return False
    return not seen.is_backend(before)
