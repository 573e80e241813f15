"""Changes to one directive of a server or a location, and to a location's modifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wsfix.drivers.nginx import splice
from wsfix.drivers.nginx.headers import effective
from wsfix.drivers.nginx.location import Location, Modifier, locations
from wsfix.drivers.nginx.syntax import read
from wsfix.drivers.nginx.tree import Node
from wsfix.errors import CannotEdit, UnreadableConfig
from wsfix.model.route import Position, Route

if TYPE_CHECKING:
    from wsfix.drivers.nginx.config import Config

_AFTER = {"proxy_http_version": ("proxy_pass",), "server_name": ("listen",)}
"""What people write right before a directive."""


def set_directive(config: Config, place: Position | Route, name: str, args: Sequence[str]) -> Config:
    """Give a directive of a block these arguments, or add it to the block."""
    node = _block(config, place)
    held = node.all(name)
    if len(held) > 1:
        raise CannotEdit(f"{held[1].position}: {name} is set more than once here")
    if held:
        return _with_arguments(config, node, held[0], args)
    line = " ".join([name, *(splice.quoted(arg) for arg in args)]) + ";"
    children = [child for child in node.directive.children if not child.is_block]
    anchors = [child for child in children if child.name in _AFTER.get(name, ())] or children
    document = config.document(node)
    if anchors:
        return config.with_document(splice.insert_after(document, anchors[-1], [line]))
    return config.with_document(splice.insert_first(document, node.directive, [line]))


def prefer_prefix(config: Config, place: Position | Route) -> Config:
    """Write `^~` before the name of a prefix location."""
    node = _block(config, place)
    location = Location(node, *_modifier(node))
    if location.modifier in {Modifier.FIRM, Modifier.EXACT}:
        return config
    if location.modifier is not Modifier.PREFIX:
        raise CannotEdit(f"{node.position}: `{location.match}` is not a prefix location")
    document = config.document(node)
    return config.with_document(splice.replace_arguments(document, node.directive, ("^~", location.name)))


def add_server_name(config: Config, position: Position, name: str) -> Config:
    """Add a name to the last server_name, unless one of the names matches it already."""
    server = config.server(position)
    if server.answers_to(name):
        return config
    held = server.node.last("server_name")
    if held is None:
        return set_directive(config, position, "server_name", (name,))
    return _with_arguments(config, server.node, held, (*held.args, name))


def set_certificate(config: Config, position: Position, certificate: str, key: str | None) -> Config:
    """Name another certificate in the server itself, where other servers share the one in force too."""
    config = _set_file(config, position, "ssl_certificate", certificate)
    return config if key is None else _set_file(config, position, "ssl_certificate_key", key)


def unloaded_names(config: Config, host: str) -> tuple[tuple[str, int, str], ...]:
    """(path, line, text) of each server_name with a host in files that nginx does not read."""
    found: list[tuple[str, int, str]] = []
    for path, data in sorted(config.files.items()):
        if path in config.loaded or host.encode() not in data:
            continue
        try:
            document = read(data, path)
        except UnreadableConfig:
            continue
        found += [
            (path, directive.line, f"server_name {' '.join(directive.args)};")
            for directive in document.walk()
            if directive.name == "server_name" and host in {arg.lower() for arg in directive.args}
        ]
    return tuple(found)


def _set_file(config: Config, position: Position, name: str, path: str) -> Config:
    server = config.server(position)
    held = effective((config.http, server.node), name)
    if held is None:
        raise CannotEdit(f"{position}: no {name} is in force here")
    own = server.node.all(name)
    if len(own) > 1:
        raise CannotEdit(f"{own[1].position}: {name} is set more than once here")
    if own and config.times_used(own[0]) == 1:
        return _with_arguments(config, server.node, own[0], (path,))
    if own:
        raise CannotEdit(f"{own[0].position}: {name} stands in a file that is included elsewhere too")
    return config if held.args == (path,) else set_directive(config, position, name, (path,))


def _block(config: Config, place: Position | Route) -> Node:
    if isinstance(place, Position):
        return config.block(place)
    return config.location(place).node if place.match else config.server(place.server).node


def _with_arguments(config: Config, block: Node, node: Node, args: Sequence[str]) -> Config:
    if node.args == tuple(args):
        return config
    if config.times_used(node) > config.times_used(block):
        raise CannotEdit(f"{node.position}: {node.name} stands in a file that is included elsewhere too")
    return config.with_document(splice.replace_arguments(config.document(node), node.directive, args))


def _modifier(node: Node) -> tuple[Modifier, str]:
    parent = Node(node.path, node.directive, (node,))
    found = locations(parent)
    if not found:
        raise CannotEdit(f"{node.position}: {node.name} is not a location")
    return found[0].modifier, found[0].name
