"""What verbs and faults ask of a configuration beside the route: the lines that it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsfix.drivers.haproxy.acl import Acl, conditioned
from wsfix.drivers.haproxy.listening import Server, asks_host, names_of
from wsfix.drivers.haproxy.syntax import read
from wsfix.drivers.haproxy.tree import Node, Section
from wsfix.drivers.haproxy.upstreams import Member, members, usable
from wsfix.errors import CannotEdit, UnreadableConfig
from wsfix.model.route import Position, Route, RouteKind

if TYPE_CHECKING:
    from wsfix.drivers.haproxy.config import Config

LOCAL = frozenset({"127.0.0.1", "::1", "localhost", "0.0.0.0", "*", ""})  # noqa: S104 - an address to dial
_ABOUT_UPGRADES = re.compile(r"hdr(?:_\w+)?\((?:upgrade|connection|sec-websocket)", re.IGNORECASE)
_ABOUT_HOSTS = re.compile(r"hdr(?:_\w+)?\(host|sni", re.IGNORECASE)


def at(config: Config, position: Position) -> Node:
    """The line that stands at a place."""
    for section in config.tree.sections:
        for node in (section.head, *section.nodes):
            if node.position == position:
                return node
    raise CannotEdit(f"{position}: nothing stands here")


def rule(config: Config, route: Route) -> Node:
    """The line that took a route; raises CannotEdit where the files are not those it was asked of."""
    config.server(route.server)
    node = at(config, route.position)
    if route.match not in {"", node.title} and not route.match.startswith(
        f"{' '.join((node.name, *conditioned(node.args)[0]))} for "
    ):
        raise CannotEdit(f"{route.position}: `{route.match}` does not stand here")
    return node


def member(config: Config, route: Route) -> Member:
    """The server that a route goes to."""
    rule(config, route)
    place = route.upstream.position if route.upstream and route.kind is RouteKind.PROXY else None
    for section in config.tree.proxies("backend", "listen"):
        for one in members(section):
            if one.node.position == place:
                return one
    raise CannotEdit(f"{route.position}: it goes to no server")


def backend(config: Config, route: Route) -> Section:
    """The section that a route's server stands in."""
    place = member(config, route).node.position
    return next(section for section in config.tree.sections if any(node.position == place for node in section.nodes))


def prefixes(config: Config, route: Route) -> tuple[str, ...]:
    """The prefixes, or the paths, that the rule of a route asks for; `/` where it asks for none."""
    node = rule(config, route)
    server = config.server(route.server)
    found: list[str] = []
    for negated, acl in server.acls.expressions(conditioned(node.args)[1]):
        if acl.sample.split(",")[0] in {"path", "url", "pathq"} and not negated:
            if acl.method not in {"", "str", "beg"}:
                raise CannotEdit(f"{node.position}: `{node.title}` does not take a plain prefix")
            found += acl.patterns
    return tuple(found) or ("/",)


def switches(config: Config, server: Server) -> Iterator[tuple[Node, Section]]:
    """The lines of a frontend that switch to a backend, with that backend."""
    section = server.section
    for node in section.nodes:
        if node.name in {"use_backend", "default_backend"} and node.args:
            target = config.tree.backend(node.args[0])
            if target is not None:
                yield node, target
    held = section.setting("default_backend")
    if held is None and section.kind == "listen":
        yield section.head, section
    elif held is not None and held not in section.nodes and held.args:
        target = config.tree.backend(held.args[0])
        if target is not None:
            yield held, target


def reaches(config: Config, server: Server, port: int) -> bool:
    """Whether a frontend has a way to a port of this host."""
    return any(goes_to(target, port) for _, target in switches(config, server))


def goes_to(section: Section, port: int) -> bool:
    """Whether a server of a backend is on a port of this host."""
    found = [one.upstream(0) for one in usable(section)]
    return any(one.port == port and one.host in LOCAL for one in found)


def hosts_of(server: Server, node: Node) -> frozenset[str]:
    """The names that one rule asks for; none where it takes every name."""
    asked = [
        acl for negated, acl in server.acls.expressions(conditioned(node.args)[1]) if not negated and asks_host(acl)
    ]
    return frozenset(name for acl in asked for name in names_of(acl, server.acls))


def users(config: Config, section: Section) -> Iterator[tuple[Server, Node]]:
    """The lines that switch to a backend, with their frontends."""
    for server in config.servers():
        for node, target in switches(config, server):
            if target is section:
                yield server, node


def shared(config: Config, route: Route) -> bool:
    """Whether the backend of a route serves other names, too."""
    section, own = backend(config, route), hosts_of(config.server(route.server), rule(config, route))
    others = [hosts_of(server, node) for server, node in users(config, section)]
    return any(own and names and not own & names for names in others)


def unloaded_names(config: Config, host: str) -> tuple[tuple[str, int, str], ...]:
    """Conditions about a host in files that are not read."""
    found: list[tuple[str, int, str]] = []
    for path in sorted({*config.files} - {*config.loaded}):
        if not path.endswith((".cfg", ".conf")):
            continue
        try:
            document = read(config.files[path], path)
        except UnreadableConfig:
            continue
        for directive in document.directives:
            text = " ".join(word.value for word in directive.words)
            if _ABOUT_HOSTS.search(text) and host in {word.value.lower() for word in directive.words}:
                found.append((path, directive.line, text))
    return tuple(found)


def about_path(server: Server, node: Node) -> list[Acl]:
    """The expressions about the path in a rule's condition, those that are negated left out."""
    found = server.acls.expressions(conditioned(node.args)[1])
    return [acl for negated, acl in found if not negated and acl.sample.split(",")[0] in {"path", "url", "pathq"}]


def asks_upgrade(config: Config, route: Route) -> bool:
    """Whether the rule of a route asks for the header Upgrade or Connection."""
    server, node = config.server(route.server), rule(config, route)
    asked = server.acls.expressions(conditioned(node.args)[1])
    return any(not negated and _ABOUT_UPGRADES.search(acl.sample) for negated, acl in asked)
