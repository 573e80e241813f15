"""A new `handle` for a WebSocket: among the handles of a site the longest path is asked first, and before any other answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsfix.drivers.caddy import splice
from wsfix.drivers.caddy.address import Site
from wsfix.drivers.caddy.syntax import read
from wsfix.drivers.caddy.tree import Node
from wsfix.drivers.config import by_port
from wsfix.drivers.text import encode
from wsfix.errors import CannotEdit
from wsfix.model.route import Position, Route, RouteKind

if TYPE_CHECKING:
    from wsfix.drivers.caddy.config import Config

_TAKERS = ("handle", "handle_path", "route", "reverse_proxy", "respond", "file_server")


@dataclass(frozen=True, slots=True)
class NewHandle:
    """What a new handle is to do."""

    prefix: str
    host: str
    port: int
    uri: str | None
    exact: bool
    like: Route | None = None

    @property
    def pattern(self) -> str:
        """The path that it matches."""
        return self.prefix if self.exact else f"{self.prefix}*"


def add_websocket_location(config: Config, position: Position, wish: NewHandle) -> Config:
    """Put the handle before the first one that is there, or at the end of the site."""
    site = config.site(position)
    by_port(wish.host, position)
    lines = _lines(wish)
    there = [node for node in site.node.children if node.name in _TAKERS and node.args[:1] == (wish.pattern,)]
    if there:
        return _already(config, there[0], lines)
    document = config.document(site.node)
    level = [node for node in site.node.children if node.path == document.path]
    handles = [node for node in level if node.name in {"handle", "handle_path"}]
    if handles:
        document = splice.insert_before(document, handles[0].directive, lines, over_comments=True, blank=True)
    else:
        block = site.node.directive if site.node.directive.is_block else None
        document = splice.insert_last(document, block, lines, blank=True)
    changed = config.with_document(document)
    _check(changed, site, wish)
    return changed


def _lines(wish: NewHandle) -> list[str]:
    host = f"[{wish.host}]" if ":" in wish.host else wish.host
    held = wish.like.headers if wish.like else ()
    headers = [one for one in held if one.name.lower() not in {"upgrade", "connection"}]
    name, rewrite = ("handle", "") if wish.uri is None else ("handle_path", wish.uri.rstrip("/"))
    proxy = f"\treverse_proxy {splice.quoted(f'{host}:{wish.port}')}"
    return [
        f"{name} {splice.quoted(wish.pattern)} {{",
        *([f"\trewrite * {splice.quoted(rewrite + '{uri}')}"] if rewrite else []),
        proxy + (" {" if headers else ""),
        *(f"\t\theader_up {one.name} {splice.quoted(one.value)}" for one in headers),
        *(["\t}"] if headers else []),
        "}",
    ]


def _already(config: Config, there: Node, lines: list[str]) -> Config:
    wanted = read(encode("\n".join(lines) + "\n")).directives[0]
    held = [[word.value for word in one.words] for one in there.directive.walk()]
    if held == [[word.value for word in one.words] for one in wanted.walk()]:
        return config
    raise CannotEdit(f"{there.position}: there is a `{there.text}` already")


def _check(config: Config, site: Site, wish: NewHandle) -> None:
    """What comes before every handle, such as try_files or redir, may still take the path."""
    address = site.addresses[0]
    host = address.host.replace("*", "a") or "wsfix.invalid"
    path = wish.prefix if wish.exact else f"{wish.prefix.rstrip('/')}/1"
    found = config.route(host, address.port, address.tls, path)
    if found.kind is not RouteKind.PROXY or not found.upstream or found.upstream.port != wish.port:
        taking = f"`{found.match}` at {found.position}" if found.match else "something"
        early = [node for node in site.node.children if node.name in {"try_files", "rewrite", "redir", "uri"}]
        taking = f"`{early[0].text}` at {early[0].position}" if early else taking
        raise CannotEdit(f"{site.position}: {taking} is asked before any handle; put it into a `handle` of its own")
