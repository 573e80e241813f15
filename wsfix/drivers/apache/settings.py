"""Changes to one directive of a server or a section: a setting, a name, a certificate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wsfix.drivers.apache import edits, splice
from wsfix.drivers.apache.passes import PASSES
from wsfix.drivers.apache.questions import entry_of
from wsfix.drivers.apache.rules import Rule
from wsfix.drivers.apache.server import Server
from wsfix.drivers.apache.tree import Node
from wsfix.errors import CannotEdit
from wsfix.model.route import Position, Route

if TYPE_CHECKING:
    from wsfix.drivers.apache.config import Config

_REPEATED = {
    "requestheader", "header", "proxypass", "proxypassmatch", "proxypassreverse", "rewriterule", "rewritecond", "setenv",
    "setenvif", "alias", "redirect", "require", "loadmodule", "define", "listen", "serveralias", "balancermember",
}  # fmt: skip
_AFTER = {"serveralias": ("servername",), "sslcertificatekeyfile": ("sslcertificatefile",)}
"""What people write right before a directive."""


def set_directive(config: Config, place: Position | Route, name: str, args: Sequence[str]) -> Config:
    """Give the directive that counts in a section these arguments, or add it to the section."""
    node, children = _section(config, place)
    held = [child for child in children if child.name == name.lower()]
    if held and name.lower() in _REPEATED:
        raise CannotEdit(f"{held[0].position}: {name} may stand more than once, so which one is meant?")
    if held:
        return edits.replaced(config, held[-1], args)
    line = " ".join([name, *(splice.quoted(arg) for arg in args)])
    if node is None:
        document = config.tree.documents[_main(config)]
        return config.with_document(splice.insert_last(document, None, [line], blank=True))
    return _added(config, node, name.lower(), line)


def add_server_name(config: Config, position: Position, name: str) -> Config:
    """Add a name as ServerName if there is none, else to the last ServerAlias."""
    server = config.server(position)
    if name.lower() in server.names or (server.answers_to(name) and server.all("servername")):
        return config
    aliases = server.all("serveralias")
    if not server.all("servername"):
        return set_directive(config, position, "ServerName", (name,))
    if aliases:
        return edits.replaced(config, aliases[-1], (*aliases[-1].args, name))
    return edits.after(config, server.all("servername")[-1], [f"ServerAlias {splice.quoted(name)}"])


def set_certificate(config: Config, position: Position, certificate: str, key: str | None) -> Config:
    """Name another certificate in the server itself, where it has one or inherits it."""
    config = _set_file(config, position, "SSLCertificateFile", certificate)
    return config if key is None else _set_file(config, position, "SSLCertificateKeyFile", key)


def _set_file(config: Config, position: Position, name: str, path: str) -> Config:
    server = config.server(position)
    if server.last(name.lower()) is None and server.last("sslcertificatefile") is None:
        raise CannotEdit(f"{position}: no {name} is in force here")
    held = server.all(name.lower())
    if len(held) > 1:
        raise CannotEdit(f"{held[1].position}: {name} is set more than once here")
    inherited = server.last(name.lower())
    if not held and inherited is not None and inherited.args == (path,):
        return config
    return set_directive(config, position, name, (path,))


def grant(config: Config, place: Position | Route) -> Config:
    """Let everybody into a section that lets nobody in; refuses where more than `Require all denied` decides it."""
    _, children = _section(config, place)
    said = [child for child in children if child.name.startswith("require") or child.name in {"order", "allow", "deny"}]
    if len(said) != 1 or tuple(word.lower() for word in said[0].args) != ("all", "denied"):
        raise CannotEdit(f"{place}: more than one `Require all denied` decides who is let in here")
    return edits.replaced(config, said[0], ("all", "granted"))


def _section(config: Config, place: Position | Route) -> tuple[Node | None, Sequence[Node]]:
    """The section that a place names, and what stands in it; None is the main server."""
    if isinstance(place, Route):
        node = _of_route(config, place)
        return (node, node.children) if node else _of_server(config.server(place.server))
    if place == config.servers()[0].position:
        return _of_server(config.servers()[0])
    node = edits.at(config, place)
    if not node.directive.is_block:
        raise CannotEdit(f"{place}: no virtual host or section begins here")
    return node, node.children


def _of_route(config: Config, route: Route) -> Node | None:
    try:
        entry = entry_of(config, route)
    except CannotEdit:
        return None
    return None if isinstance(entry, Rule) or entry.section is None else entry.section.node


def _of_server(server: Server) -> tuple[Node | None, Sequence[Node]]:
    return server.node, server.nodes


def _added(config: Config, node: Node, name: str, line: str) -> Config:
    """Put a line into a section: after its kin, before the first pass, else after the last plain directive."""
    edits.own(config, node)
    document = config.document(node)
    children = [child for child in node.directive.children if not child.is_block]
    after = [child for child in children if child.name in _AFTER.get(name, ())]
    passes = [child for child in children if child.name in PASSES]
    if name.startswith("proxy") and passes:
        return config.with_document(splice.insert_before(document, passes[0], [line]))
    if after or children:
        return config.with_document(splice.insert_after(document, (after or children)[-1], [line]))
    return config.with_document(splice.insert_first(document, node.directive, [line]))


def _main(config: Config) -> str:
    return next(path for path in config.loaded if path in config.tree.documents)
