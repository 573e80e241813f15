"""The map blocks that turn $http_upgrade into the headers of a WebSocket, and of nothing else.

Forwarding every value lets a client upgrade a plain location to h2c and smuggle requests past the proxy's rules; so only
`websocket` is forwarded (nginx.org, "WebSocket proxying", has the map; RFC 9110 section 7.8 the two headers).
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from wsfix.drivers.nginx import splice
from wsfix.drivers.nginx.request import Request
from wsfix.drivers.nginx.syntax import read
from wsfix.drivers.nginx.tree import Node
from wsfix.drivers.nginx.values import variables
from wsfix.templates import render

if TYPE_CHECKING:
    from wsfix.drivers.nginx.config import Config

OWN_FILE = "wsfix-websocket.conf"
_HEAD = b"# managed by wsfix\n"
_HANDSHAKE = Request("localhost", 80, tls=False, unparsed=b"/", uri=b"/")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A header of the upgrade: what it holds for a WebSocket and the variable that is made for it."""

    header: str
    value: str
    variable: str


UPGRADE = Wanted("Upgrade", "websocket", "websocket_upgrade")
CONNECTION = Wanted("Connection", "upgrade", "websocket_connection")


class Pair(NamedTuple):
    """The values for both headers, and the maps to add for them."""

    upgrade: str
    connection: str
    maps: tuple[tuple[str, Wanted], ...] = ()


def pair(config: Config, connection: str | None = None) -> Pair:
    """Values that forward a WebSocket; `connection` is what a location already has and keeps."""
    missing: list[tuple[str, Wanted]] = []
    if connection is None:
        name = _defined(config, CONNECTION)
        if name is None:
            name = _free_name(config, CONNECTION)
            missing.append((name, CONNECTION))
        connection = f"${name}"
    name = _defined(config, UPGRADE)
    if name is None and not missing and _drops_others(config, connection):
        # Without a Connection that names it, an Upgrade to another protocol comes to nothing.
        return Pair("$http_upgrade", connection)
    if name is None:
        name = _free_name(config, UPGRADE)
        missing.insert(0, (name, UPGRADE))
    return Pair(f"${name}", connection, tuple(missing))


def define(config: Config, pairs: Sequence[tuple[str, Wanted]]) -> Config:
    """Add maps for variables, in a file of their own if http{} includes its folder, else in http{}."""
    if not pairs:
        return config
    maps = [{"name": name, "value": wanted.value} for name, wanted in pairs]
    text = render("nginx/websocket-map.conf.j2", maps=maps)
    lines = [line.replace("    ", "\t") for line in text.splitlines() if line]
    path = _own_file(config)
    if path is None:
        return _define_in_http(config, lines)
    document = read(config.files.get(path, _HEAD), path)
    return config.with_document(splice.insert_last(document, None, lines, blank=True))


def define_map(config: Config, variable: str) -> Config:
    """Define one variable after the header that uses it: `websocket` for Upgrade, else `upgrade`."""
    name = variable.removeprefix("$").lower()
    if name in config.variables.maps or name not in {use.name for use in config.undefined}:
        return config
    users = [node for node in config.http.walk() if node.name == "proxy_set_header" and len(node.args) > 1]
    heads = {node.args[0].lower() for node in users if name in variables(node.args[1])}
    return define(config, [(name, UPGRADE if heads == {"upgrade"} else CONNECTION)])


def _defined(config: Config, wanted: Wanted) -> str | None:
    blocks = config.variables.maps.items()
    return next(
        (name for name, block in blocks if block.source == "$http_upgrade" and _serves(config, name, wanted)), None
    )


def _free_name(config: Config, wanted: Wanted) -> str:
    name, taken = wanted.variable, _names_taken(config)
    while name in taken:
        name = f"wsfix_{name}"
    return name


def _drops_others(config: Config, connection: str) -> bool:
    """Whether a value of Connection does not say `upgrade` for another protocol."""
    other = replace(_HANDSHAKE, variables={"http_upgrade": b"h2c"})
    value = config.variables.expand(connection, other)
    return value is not None and b"upgrade" not in value.lower()


def _serves(config: Config, name: str, wanted: Wanted) -> bool:
    block = config.variables.maps[name]
    websocket, absent, other = (
        config.variables.expand(block.of(asked), _HANDSHAKE) for asked in (b"websocket", b"", b"h2c")
    )
    if websocket is None or absent is None or websocket.decode("latin-1").lower() != wanted.value:
        return False
    if wanted is UPGRADE:
        return not absent and not other
    return absent.lower() != wanted.value.encode()


def _names_taken(config: Config) -> set[str]:
    """Every name of a variable in use, defined or not."""
    return {name for node in config.http.walk() for word in node.directive.words for name in variables(word.value)}


def _own_file(config: Config) -> str | None:
    folder = posixpath.dirname(config.main)
    for name in ("conf.d", "http.d"):
        path = f"{folder}/{name}/{OWN_FILE}"
        if path in config.files:
            return path if path in config.loaded else None
        tried = config.with_file(path, b"wsfix_probe on;\n")
        if any(node.name == "wsfix_probe" for node in tried.http.children):
            return path
    return None


def _define_in_http(config: Config, lines: list[str]) -> Config:
    document, http = config.document(config.http), config.http
    first = _first_with_servers(config)
    if first is None:
        return config.with_document(splice.insert_last(document, http.directive, lines, blank=True))
    return config.with_document(splice.insert_before(document, first.directive, lines, over_comments=True, blank=True))


def _first_with_servers(config: Config) -> Node | None:
    """The first server{} of http{} in its own file, or the include that brings one."""
    here: Node | None = None
    for node in config.http.children:
        if node.path == config.http.path:
            here = node
        if node.name == "server":
            return here
    return None
