"""Where a repaired or new location for the socket goes: decisions that faults of both proxies share."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.drivers import haproxy
from wsfix.drivers.config import ProxyConfig
from wsfix.errors import CannotEdit
from wsfix.faults.seen import Seen
from wsfix.model.route import Route, RouteKind

SHARED_LEVELS = 1


def pattern_of(route: Route) -> str:
    """Return the path or the expression that the winning entry is compared with: the last word of its match."""
    words = route.match.strip("<>").split()
    return words[-1].strip("\"'") if words else ""


def is_own(seen: Seen, route: Route) -> bool:
    """Whether the entry that answers is the socket's own, and not a broad one that pages and the API share.

    No entry is narrower than `/` for a socket at `/`; what it shares the entry with is sent on as before.
    """
    pattern = pattern_of(route)
    if pattern in {"", "/"}:
        return pattern == seen.site.prefix
    if _is_expression(route):
        return not _takes_everything(pattern)
    return seen.site.prefix.count("/") - pattern.count("/") <= SHARED_LEVELS


def _is_expression(route: Route) -> bool:
    words = {word.lower() for word in route.match.strip("<>").split()[:-1]}
    return bool(words & {"~", "~*", "rewriterule", "proxypassmatch", "locationmatch"})


def _takes_everything(pattern: str) -> bool:
    try:
        return re.search(pattern, "/") is not None
    except re.error:
        return False


def forwarded(seen: Seen) -> Iterator[ProxyConfig]:
    """Hand the upgrade on: in the socket's own entry, or in a new one before a broad one."""
    if is_own(seen, seen.route):
        yield seen.config.forward_upgrade(seen.route)
    else:
        yield from new_location(seen)


def new_location(seen: Seen) -> Iterator[ProxyConfig]:
    """Add a location for the socket to the server that answers for its URL."""
    route, site = seen.route, seen.site
    like = route if route.kind is RouteKind.PROXY else None
    host: str
    if site.backend is not None:
        host, port = site.backend.place
    elif like is not None and like.upstream is not None:
        host, port = like.upstream.socket or like.upstream.host, like.upstream.port
    else:
        return
    config = seen.config
    if isinstance(config, haproxy.Config):
        # one frontend may serve many names
        config = config.about(site.host)
    changed = config.add_websocket_location(
        route.server,
        site.prefix,
        host,
        port,
        uri=mapped_uri(seen, site.prefix),
        exact=not site.has_placeholder and not site.prefix.endswith("/"),
        idle_seconds=site.idle_or_default,
        like=like,
    )
    _as_guarded(route, seen.with_config(changed).route)
    yield changed


def _as_guarded(before: Route, after: Route) -> None:
    """Raise CannotEdit where something asks who comes in, and would not any more: nobody is let in unasked."""
    asked = {gate.text for gate in after.gates}
    for gate in before.gates:
        if gate.text not in asked:
            raise CannotEdit(
                f"{gate.position}: `{gate.text}` decides here who may come in, which a new entry would not"
            )


def mapped_uri(seen: Seen, prefix: str) -> str | None:
    """Return the URI part that makes an entry with `prefix` send the site's path as the backend knows it.

    None for a path that is handed on as it came. The URI takes the place of the part of the path that matched
    (ngx_http_proxy_module, proxy_pass; mod_proxy, ProxyPass).
    """
    path, wanted = seen.site.path, seen.site.backend_path
    rest = path[len(prefix) :] if path.startswith(prefix) else ""
    if wanted == path or not wanted.endswith(rest):
        return None
    return wanted[: len(wanted) - len(rest)] or "/"
