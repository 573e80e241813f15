"""Changes to what a location forwards: the upgrade, and any header for the upstream.

A location that sets its first proxy_set_header loses all that it inherited (ngx_http_proxy_module), so these are repeated
there; a location that lost an upgrade set further out gets all of that level back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from wsfix.drivers.nginx import splice, upgrade_map
from wsfix.drivers.nginx.headers import Inherited, inherited, named
from wsfix.drivers.nginx.location import Location
from wsfix.drivers.nginx.request import Request
from wsfix.drivers.nginx.syntax import Document
from wsfix.drivers.nginx.tree import Node
from wsfix.errors import CannotEdit
from wsfix.model.route import Route

if TYPE_CHECKING:
    from wsfix.drivers.nginx.config import Config

_ANCHORS = ("proxy_set_header", "proxy_http_version", "proxy_pass")
_BOTH = ("Upgrade", "Connection")
_HANDSHAKE = Request("localhost", 80, tls=False, unparsed=b"/", uri=b"/")


class Edit(NamedTuple):
    """One splice of one file, and the offset at which it begins."""

    path: str
    offset: int
    change: Callable[[Document], Document]


def forward_upgrade(config: Config, route: Route) -> Config:
    """Set HTTP/1.1, Upgrade and Connection in the route's location where they are missing or wrong."""
    location = _proxying(config, route)
    found = _in_force(config, location, route)
    lost = _lost(found, location)
    version = None if route.http_version == "1.1" else "1.1"
    if route.forwards_upgrade:
        return _changed(config, location, found, {}, version, lost=False)
    kept = {}
    for wanted in (upgrade_map.UPGRADE, upgrade_map.CONNECTION):
        nodes = named(found.nodes, wanted.header) or (named(found.cancelled, wanted.header) if lost else [])
        if _good(config, nodes, wanted):
            kept[wanted.header] = nodes[-1].args[1]
    values = upgrade_map.pair(config, kept.get("Connection"))
    wishes = {"Upgrade": values.upgrade, "Connection": values.connection}
    wishes = {name: value for name, value in wishes.items() if name not in kept}
    maps = [(name, wanted) for name, wanted in values.maps if wanted.header in wishes]
    changed = _changed(config, location, found, wishes, version, lost=lost)
    return upgrade_map.define(changed, maps)


def limit_upgrade(config: Config, route: Route) -> Config:
    """Set Connection, and Upgrade where it must be, from maps that know `websocket` and nothing else."""
    location = _proxying(config, route)
    found = _in_force(config, location, route)
    values = upgrade_map.pair(config)
    wishes = {"Upgrade": values.upgrade, "Connection": values.connection}
    held = {name: [node.args[1] for node in named(found.nodes, name)] for name in wishes}
    wishes = {name: value for name, value in wishes.items() if held[name] != [value]}
    return upgrade_map.define(_changed(config, location, found, wishes, None, lost=False), values.maps)


def forwards_any(config: Config, route: Route) -> bool:
    """Whether the route hands on the upgrade to another protocol than WebSocket, such as h2c."""
    found = (
        _in_force(config, config.location(route), route)
        if route.match
        else inherited((config.http, config.server(route.server).node))
    )
    other = replace(_HANDSHAKE, variables={"http_upgrade": b"h2c", "http_connection": b"Upgrade, HTTP2-Settings"})
    sent = {name: [config.variables.expand(node.args[1], other) for node in named(found.nodes, name)] for name in _BOTH}
    return any(value == b"h2c" for value in sent["Upgrade"]) and any(
        value is not None and b"upgrade" in value.lower() for value in sent["Connection"]
    )


def single_header(config: Config, route: Route, name: str) -> Config:
    """Keep one line of a header: that of a file which others include too, else the last."""
    location = _proxying(config, route)
    found = _in_force(config, location, route)
    nodes = named(found.nodes, name)
    if len(nodes) < 2 or found.level is None:  # noqa: PLR2004 - once is right
        return config
    shared = [node for node in nodes if config.times_used(node) > config.times_used(found.level)]
    if len(shared) > 1:
        raise CannotEdit(f"{shared[1].position}: {name} stands twice in files that are included elsewhere too")
    kept = shared[0] if shared else nodes[-1]
    for node in sorted((node for node in nodes if node is not kept), key=lambda one: -one.directive.start):
        config = config.with_document(splice.delete(config.document(node), node.directive))
    return config


def set_headers(config: Config, route: Route, wishes: Mapping[str, str]) -> Config:
    """Set headers in the route's location; those that it inherited until now are repeated there."""
    location = _proxying(config, route)
    found = _in_force(config, location, route)
    held = {name: [node.args[1] for node in named(found.nodes, name)] for name in wishes}
    missing = {name: value for name, value in wishes.items() if held[name] != [value]}
    return _changed(config, location, found, missing, None, lost=False)


def _changed(
    config: Config, location: Location, found: Inherited, wishes: Mapping[str, str], version: str | None, *, lost: bool
) -> Config:
    """The configuration with headers and version set in one location; edits go from the last to the first."""
    own = location.node.all("proxy_set_header")
    edits: list[Edit] = []
    lines: list[str] = []
    held = location.node.last("proxy_http_version")
    if version is not None and held is not None:
        edits.append(_replaced(config, location, held, (version,)))
    for name, value in wishes.items():
        nodes = named(own, name)
        edits += [_replaced(config, location, node, (node.args[0], value)) for node in nodes[-1:]]
        edits += [_deleted(config, location, node) for node in nodes[:-1]]
        lines += [] if nodes else [_line(name, value)]
    if wishes and not own:
        lines += _carried(found.nodes, (), wishes)
    elif lost:
        lines += _carried(found.cancelled, own, wishes)
    if lines:
        edits.append(_added(location, lines, _ANCHORS))
    if version is not None and held is None:
        edits.append(_added(location, [f"proxy_http_version {version};"], ("proxy_pass",)))
    for path in dict.fromkeys(edit.path for edit in edits):
        document = config.tree.documents[path]
        for edit in sorted((one for one in edits if one.path == path), key=lambda one: -one.offset):
            document = edit.change(document)
        config = config.with_document(document)
    return config


def _replaced(config: Config, location: Location, node: Node, arguments: Sequence[str]) -> Edit:
    _refuse_shared(config, location, node)
    at = node.directive
    return Edit(node.path, at.start, lambda document: splice.replace_arguments(document, at, arguments))


def _deleted(config: Config, location: Location, node: Node) -> Edit:
    _refuse_shared(config, location, node)
    return Edit(node.path, node.directive.start, lambda document: splice.delete(document, node.directive))


def _added(location: Location, lines: Sequence[str], anchors: Sequence[str]) -> Edit:
    """New lines after the last of their kind, else at the end of the block."""
    block, path = location.node.directive, location.node.path
    kinds = ([child for child in block.children if child.name == name] for name in anchors)
    anchor = next((found[-1] for found in kinds if found), None)
    if anchor is None:
        return Edit(path, block.end - 1, lambda document: splice.insert_last(document, block, lines))
    return Edit(path, anchor.end, lambda document: splice.insert_after(document, anchor, lines))


def _carried(nodes: Sequence[Node], own: Sequence[Node], wishes: Mapping[str, str]) -> list[str]:
    """Lines that repeat headers which are neither set here already nor about to be."""
    names = {name.lower() for name in wishes} | {node.args[0].lower() for node in own}
    return [_line(node.args[0], node.args[1]) for node in nodes if node.args[0].lower() not in names]


def _line(name: str, value: str) -> str:
    return f"proxy_set_header {name} {splice.quoted(value)};"


def _lost(found: Inherited, location: Location) -> bool:
    """Whether the location's own headers cancel an upgrade that is set further out."""
    if found.level is not location.node:
        return False
    own = {node.args[0].lower() for node in found.nodes}
    return any(node.args[0].lower() in {"upgrade", "connection"} - own for node in found.cancelled)


def _good(config: Config, nodes: Sequence[Node], wanted: upgrade_map.Wanted) -> bool:
    values = [config.variables.expand(node.args[1], _HANDSHAKE) for node in nodes]
    tokens = {token.strip().lower() for value in values if value for token in value.split(b",")}
    return None not in values and wanted.value.encode() in tokens and b"close" not in tokens


def _proxying(config: Config, route: Route) -> Location:
    location = config.location(route)
    if location.node.last("proxy_pass") is None:
        raise CannotEdit(f"{route.position}: `{location.match}` does not proxy by itself")
    return location


def _in_force(config: Config, location: Location, route: Route) -> Inherited:
    return inherited((config.http, config.server(route.server).node, *location.scope))


def _refuse_shared(config: Config, location: Location, node: Node) -> None:
    """A line of an included file that others include too is not this location's to change."""
    if config.times_used(node) > config.times_used(location.node):
        raise CannotEdit(f"{node.position}: {node.name} stands in a file that is included elsewhere too")
