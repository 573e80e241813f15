"""New locations for a WebSocket: one beside the others of a server, or one that answers the path without its slash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsfix.drivers.nginx import access, splice, upgrade_map
from wsfix.drivers.nginx.headers import effective, header_sets, inherited
from wsfix.drivers.nginx.location import Location, Modifier, find, locations
from wsfix.drivers.nginx.proxy import Target, target
from wsfix.drivers.nginx.server import Server
from wsfix.drivers.nginx.syntax import Document, read
from wsfix.drivers.nginx.targets import authority
from wsfix.drivers.nginx.values import seconds
from wsfix.drivers.text import encode
from wsfix.errors import CannotEdit
from wsfix.model.route import HeaderSet, Position, Route

if TYPE_CHECKING:
    from wsfix.drivers.nginx.config import Config

_TLS = "proxy_ssl_"
_FORWARDED = (
    ("X-Real-IP", "$remote_addr"),
    ("X-Forwarded-For", "$proxy_add_x_forwarded_for"),
    ("X-Forwarded-Proto", "$scheme"),
)


@dataclass(frozen=True, slots=True)
class NewLocation:
    """What a new location is to do."""

    prefix: str
    host: str
    port: int
    uri: str | None
    exact: bool
    idle_seconds: int
    like: Route | None = None


def add_websocket_location(config: Config, position: Position, wish: NewLocation) -> Config:
    """Put the location before `location /`, or at the end of the server."""
    server = config.server(position)
    values = upgrade_map.pair(config)
    level = locations(server.node)
    own = [*_asked(config, level, wish), *_body(server, wish, values), *_over_tls(config, wish)]
    lines = [_head(server, wish), *own, "}"]
    modifier = Modifier.EXACT if wish.exact else Modifier.PREFIX
    there = [one for one in level if one.name == wish.prefix and _same_kind(one.modifier, modifier)]
    if there:
        return _already(config, there[0], lines)
    document = config.document(server.node)
    root = [one for one in level if one.name == "/" and one.modifier.is_prefix and one.node.path == document.path]
    if root:
        at = root[0].node.directive
        document = splice.insert_before(document, at, lines, over_comments=True, blank=True)
    else:
        document = splice.insert_last(document, server.node.directive, lines, blank=True)
    return upgrade_map.define(config.with_document(document), values.maps)


def add_location_without_slash(config: Config, route: Route, path: str, idle_seconds: int) -> Config:
    """Put `location = /ws` before `location /ws/`, with the same body; it asks for the target without the slash."""
    server = config.server(route.server)
    level = locations(server.node)
    if any(one.modifier is Modifier.EXACT and one.name == path for one in level):
        return config
    like = next((one for one in level if one.name == f"{path}/" and one.modifier.is_prefix), None)
    block = like.node.directive if like else None
    held = like.node.last("proxy_pass") if like else None
    where = target(held.args[0]) if held and held.args else None
    if like is None or block is None or held is None or where is None:
        raise CannotEdit(f"{route.position}: there is no `location {path}/` here that proxies")
    if like.locations or held.path != like.node.path or like.node.last("rewrite") or like.node.last("if"):
        raise CannotEdit(f"{like.position}: `{like.match}` does more than proxy, so it cannot be repeated for {path}")
    uri = "" if not where.uri else where.uri.rstrip("/") or "/"
    document = config.document(like.node)
    lines = _repeated(document, like, path, str(Target(where.scheme, where.authority, uri)))
    document = splice.insert_before(document, block, lines, over_comments=True, blank=True)
    changed = config.with_document(document)
    return changed if _idles_enough(server, like, idle_seconds) else _waiting(changed, route, path, idle_seconds)


def _head(server: Server, wish: NewLocation) -> str:
    if wish.exact:
        return f"location = {splice.quoted(wish.prefix)} {{"
    paths = [encode(wish.prefix), encode(wish.prefix.rstrip("/") + "/1")]
    for one in locations(server.node):
        pattern = one.pattern()
        if one.modifier.is_regex and (pattern is None or any(pattern.search(path) for path in paths)):
            return f"location ^~ {splice.quoted(wish.prefix)} {{"
    return f"location {splice.quoted(wish.prefix)} {{"


def _asked(config: Config, level: tuple[Location, ...], wish: NewLocation) -> list[str]:
    """What is asked of a client on the way that the path takes so far: in the location that is found, and where it ends."""
    found = find(level, encode(wish.prefix if wish.exact else f"{wish.prefix}1")).location
    ends = config.location(wish.like) if wish.like and wish.like.match else None
    return access.repeated(config, *(one.scope for one in (found, ends) if one is not None))


def _body(server: Server, wish: NewLocation, values: upgrade_map.Pair) -> list[str]:
    scheme = wish.like.upstream.scheme if wish.like and wish.like.upstream else "http"
    proxied = str(Target(scheme, authority(wish.host, wish.port), wish.uri or ""))
    headers = [("Upgrade", values.upgrade), ("Connection", values.connection), *_headers(server, wish.like)]
    return [
        f"\tproxy_pass {splice.quoted(proxied)};",
        "\tproxy_http_version 1.1;",
        *(f"\tproxy_set_header {name} {splice.quoted(value)};" for name, value in headers),
        f"\tproxy_read_timeout {wish.idle_seconds}s;",
    ]


def _over_tls(config: Config, wish: NewLocation) -> list[str]:
    """How the target is spoken to where that is TLS: the names and certificates of the location whose route it is like."""
    like = wish.like
    if like is None or not like.match or like.upstream is None or like.upstream.scheme != "https":
        return []
    nodes = [node for block in config.location(like).scope for node in block.children if node.name.startswith(_TLS)]
    return [f"\t{access.as_written(config, node)};" for node in {node.name: node for node in nodes}.values()]


def _headers(server: Server, like: Route | None) -> list[tuple[str, str]]:
    """The headers beside those of the upgrade: Host as the client sent it, who the client is, and those in force so far."""
    held: Sequence[HeaderSet] = like.headers if like else header_sets(inherited((server.http, server.node)).nodes)
    found = {header.name.lower(): (header.name, header.value) for header in held}
    found = {key: pair for key, pair in found.items() if key not in {"upgrade", "connection"}}
    host = found.pop("host", ("Host", "$http_host"))
    # A Host that is written out is meant for the backend; $host loses the port and $proxy_host the name.
    wanted = {"host": host if "$" not in host[1] else ("Host", "$http_host")}
    if any(not listen.loopback for listen in server.listens):
        # behind another proxy of the host these would tell of that one, and what it says of the client comes through
        wanted |= {name.lower(): (name, value) for name, value in _FORWARDED}
    return list((wanted | found).values())


def _same_kind(one: Modifier, other: Modifier) -> bool:
    return one is other or (one.is_prefix and other.is_prefix)


def _already(config: Config, there: Location, lines: list[str]) -> Config:
    wanted = read(encode("\n".join(lines))).directives[0]
    if [d.words[-1].value for d in there.node.directive.walk()] == [d.words[-1].value for d in wanted.walk()]:
        return config
    raise CannotEdit(f"{there.position}: there is a `{there.match}` already, and it does something else")


def _repeated(document: Document, like: Location, path: str, proxied: str) -> list[str]:
    """The lines of a location under another name and with another target; comments within it are not repeated."""
    lines = [f"location = {splice.quoted(path)} {{"]
    for child in like.node.directive.children:
        if child.is_block:
            raise CannotEdit(f"{like.position}: `{like.match}` holds a block, so it cannot be repeated for {path}")
        words = [document.raw(word).decode("utf-8", "surrogateescape") for word in child.words]
        lines.append(
            "\t" + (f"proxy_pass {splice.quoted(proxied)}" if child.name == "proxy_pass" else " ".join(words)) + ";"
        )
    return [*lines, "}"]


def _idles_enough(server: Server, like: Location, idle_seconds: int) -> bool:
    held = effective((server.http, server.node, *like.scope), "proxy_read_timeout")
    return (seconds(" ".join(held.args)) or 0 if held else 60) >= idle_seconds


def _waiting(config: Config, route: Route, path: str, idle_seconds: int) -> Config:
    level = locations(config.server(route.server).node)
    new = next(one for one in level if one.modifier is Modifier.EXACT and one.name == path)
    return config.set_directive(new.position, "proxy_read_timeout", f"{idle_seconds}s")
