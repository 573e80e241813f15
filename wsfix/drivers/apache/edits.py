"""What every verb does with a directive: find it, refuse what is not its own to change, splice its file, and ask again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wsfix.drivers.apache import splice
from wsfix.drivers.apache.server import Server
from wsfix.drivers.apache.tree import Node
from wsfix.errors import CannotEdit
from wsfix.model.route import Position, Route, RouteKind

if TYPE_CHECKING:
    from wsfix.drivers.apache.config import Config

_NOBODY = "wsfix.invalid"


def replaced(config: Config, node: Node, args: Sequence[str]) -> Config:
    """Give a directive other arguments; those that stay are kept as written, variables in them too."""
    if node.args == tuple(args):
        return config
    own(config, node)
    written = node.directive.args
    if written == node.args:
        words = list(args)
    elif len(written) != len(node.args):
        raise CannotEdit(f"{node.position}: {node.title} is made of variables")
    else:
        kept = dict(zip(node.args, written, strict=True))
        words = [kept.get(word, word) for word in args]
        if any("${" in old for old in written if old not in words):
            raise CannotEdit(f"{node.position}: {node.title} depends on variables")
    return config.with_document(splice.replace_arguments(config.document(node), node.directive, words))


def own(config: Config, node: Node) -> Node:
    """A directive of one site only, on all its ports; raises CannotEdit for one of a macro or of a file that others include."""
    config.document(node)
    sites = {
        server.names
        for server in config.servers()
        for each in server.nodes
        for other in each.walk()
        if _is(other, node)
    }
    if len(sites) > 1:
        raise CannotEdit(f"{node.position}: {node.title} stands in a file that is included elsewhere too")
    return node


def _is(one: Node, other: Node) -> bool:
    return one.place == other.place and not one.made


def at(config: Config, position: Position) -> Node:
    """The directive or section that stands at a place."""
    for node in config.tree.walk():
        if node.position == position:
            return node
    raise CannotEdit(f"{position}: nothing stands here")


def section_of(config: Config, server: Server) -> Node:
    """The `<VirtualHost>` of a server; raises CannotEdit for the main server."""
    if server.node is None:
        raise CannotEdit(f"{server.position}: the main server is not one section that could be added to")
    return own(config, server.node)


def before(config: Config, node: Node, lines: Sequence[str], *, over_comments: bool = True) -> Config:
    """Put lines before a directive, and before the comments right above it."""
    own(config, node)
    document = config.document(node)
    return config.with_document(splice.insert_before(document, node.directive, lines, over_comments=over_comments))


def after(config: Config, node: Node, lines: Sequence[str]) -> Config:
    """Put lines after a directive or a section."""
    own(config, node)
    return config.with_document(splice.insert_after(config.document(node), node.directive, lines))


def ask(config: Config, server: Position, path: str) -> Route | None:
    """The route of a path through a server, as a client would come to it; None where no client comes to that server."""
    found = config.server(server)
    host = next((name for name in found.names if "*" not in name and "?" not in name), _NOBODY)
    for listen in found.listens:
        address = None if listen.address == "*" else listen.address
        for port in [listen.port] if listen.port else [one.port for one in config.servers()[0].listens]:
            route = config.route(host, port, found.tls, path, address=address)
            if route.server == server and route.kind is not RouteKind.NONE:
                return route
    return None
