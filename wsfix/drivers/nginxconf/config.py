"""One host's nginx configuration as a value: ask it for a route, ask it for the same configuration with one change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from wsfix.drivers.nginxconf import matching, values, verbs
from wsfix.drivers.nginxconf.routing import Router
from wsfix.drivers.nginxconf.syntax import Document
from wsfix.drivers.nginxconf.tree import Node, Problem, Tree
from wsfix.errors import CannotEdit, UnreadableConfig
from wsfix.model.route import Position, Route, RouteKind


@dataclass(frozen=True)
class Config:
    """The files of a host, read from one main file on; a change gives a new value."""

    files: Mapping[str, bytes] = field(repr=False)
    links: Mapping[str, str] = field(repr=False)
    main: str = "/etc/nginx/nginx.conf"

    @classmethod
    def read(cls, files: Mapping[str, bytes], links: Mapping[str, str], main: str = "/etc/nginx/nginx.conf") -> Config:
        """Read a configuration; raises UnreadableConfig where the main file itself cannot be read."""
        config = cls(dict(files), dict(links), main)
        _ = config.tree
        return config

    @cached_property
    def tree(self) -> Tree:
        """All directives, includes followed."""
        return Tree(self.files, self.links, self.main)

    @cached_property
    def http(self) -> Node:
        """The http block; raises UnreadableConfig where there is none."""
        found = next((node for node in self.tree.nodes if node.name == "http"), None)
        if found is None:
            raise UnreadableConfig(self.main, 1, "has no http block")
        return found

    @cached_property
    def router(self) -> Router:
        """What answers for URLs."""
        return Router(self.http)

    @property
    def loaded(self) -> tuple[str, ...]:
        """The files that nginx reads, and the links by which it comes to them."""
        return tuple(self.tree.loaded)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read."""
        return tuple(self.tree.problems)

    def route(self, host: str, port: int, tls: bool, path: str) -> Route:
        """Return the way of a URL; kind NONE where no server listens on its port."""
        found = self.router.route(host, port, tls=tls, path=path)
        if found is not None:
            return found
        place = self.http.position
        return Route(RouteKind.NONE, place, (), named=False, match="", position=place)

    def shadowed_prefix(self, route: Route, path: str) -> Route | None:
        """Return the route of the longest prefix location that a regex takes the path away from."""
        server = self.node(route.server)
        uri = matching.normalized(path)
        prefixes = [each for each in matching.locations(server) if each.modifier == "" and uri.startswith(each.match)]
        if not prefixes:
            return None
        longest = max(prefixes, key=lambda each: len(each.match))
        return self.router.through(server, longest, "", 443, tls=True, path=path)

    def undefined_variables(self) -> tuple[tuple[str, Position], ...]:
        """Return the variables of `proxy_set_header` that nothing defines."""
        return tuple((name, node.position) for name, node in values.undefined(self.tree.nodes, self.http))

    def unloaded_names(self, host: str) -> tuple[tuple[str, int, str], ...]:
        """Return (path, line, text) of each `server_name` with that host in files that nginx does not read."""
        found = []
        for path, data in self.files.items():
            if path in self.loaded or host.encode() not in data:
                continue
            try:
                nodes = Tree({**self.files}, self.links, path).nodes
            except UnreadableConfig:
                continue
            found += [
                (path, node.directive.line, f"server_name {' '.join(node.args)};")
                for top in nodes
                for node in top.walk()
                if node.name == "server_name" and host in {arg.lower() for arg in node.args}
            ]
        return tuple(found)

    def servers_that_proxy_to(self, port: int, listen: int) -> list[Position]:
        """Return the servers on a port of which a location proxies to a port of this host."""
        found = []
        for server in self.router.servers:
            if not any(each.port == listen for each in matching.listens(server)):
                continue
            targets = [node.args[0] for node in server.walk() if node.name == "proxy_pass" and node.args]
            if any(target.partition("://")[2].partition("/")[0].endswith(f":{port}") for target in targets):
                found.append(server.position)
        return found

    def node(self, position: Position) -> Node:
        """Return the block at a position; raises CannotEdit where none begins there."""
        for top in self.tree.nodes:
            for node in top.walk():
                if node.path == position.path and node.directive.line == position.line and node.directive.is_block:
                    return node
        raise CannotEdit(f"{position}: no block begins here")

    def document(self, path: str) -> Document:
        """Return a file as read."""
        return self.tree.documents[path]

    def with_document(self, document: Document) -> Config:
        """Return the configuration with one file replaced."""
        return replace(self, files={**self.files, document.path: document.data})

    def with_file(self, path: str, data: bytes) -> Config:
        """Return the configuration with one file added."""
        return replace(self, files={**self.files, path: data})

    def changed(self, other: Config) -> Mapping[str, tuple[bytes | None, bytes | None]]:
        """Return path → (bytes in `other`, bytes here) of every file that differs."""
        paths = sorted(set(self.files) | set(other.files))
        return {p: (other.files.get(p), self.files.get(p)) for p in paths if other.files.get(p) != self.files.get(p)}

    # The verbs: each words one change, applied twice it is the same as once, and no other line is touched.

    def forward_upgrade(self, route: Route) -> Config:
        """Make the route's location hand the upgrade on."""
        return verbs.forward_upgrade(self, route)

    def add_websocket_location(
        self,
        server: Position,
        prefix: str,
        host: str,
        port: int,
        *,
        uri: str | None,
        exact: bool,
        idle_seconds: int,
        like: Route | None = None,
    ) -> Config:
        """Add a location for a socket before `location /`."""
        wish = verbs.NewLocation(prefix, host, port, uri, exact=exact, idle_seconds=idle_seconds, like=like)
        return verbs.add_location(self, server, wish)

    def add_location_without_slash(self, route: Route, path: str, idle_seconds: int) -> Config:
        """Add an exact location for a path beside the one with the slash."""
        return verbs.add_location_without_slash(self, route, path, idle_seconds)

    def set_directive(self, place: Position, name: str, *args: str) -> Config:
        """Set a directive in the block at a position."""
        return verbs.set_directive(self, place, name, *args)

    def set_header(self, route: Route, name: str, value: str) -> Config:
        """Set one header for the upstream in the route's location, keeping those that it inherits."""
        return verbs.set_headers(self, route, ((name, value),))

    def prefer_prefix(self, place: Position) -> Config:
        """Put ^~ before a prefix location."""
        return verbs.prefer_prefix(self, place)

    def retarget(self, route: Route, host: str, port: int) -> Config:
        """Aim the route at another address."""
        return verbs.retarget(self, route, host, port)

    def set_upstream_uri(self, route: Route, uri: str | None) -> Config:
        """Set or remove the URI of the route's `proxy_pass`."""
        return verbs.set_upstream_uri(self, route, uri)

    def align_slash(self, route: Route) -> Config:
        """Let the location end with a slash as its target does."""
        return verbs.align_slash(self, route)

    def add_server_name(self, server: Position, name: str) -> Config:
        """Add a name to a server."""
        return verbs.add_server_name(self, server, name)

    def define_map(self, variable: str) -> Config:
        """Define a variable by a map that gives `upgrade` for a WebSocket and nothing otherwise."""
        return verbs.define_map(self, variable)

    def set_certificate(self, server: Position, certificate: str, key: str | None) -> Config:
        """Aim a server at another certificate, and its key."""
        return verbs.set_certificate(self, server, certificate, key)
