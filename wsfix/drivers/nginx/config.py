"""One host's nginx configuration as a value: ask it for a route, or for itself with one change.

Every verb returns a new Config, raises CannotEdit with a sentence where it would have to guess, changes nothing when what it
asks for is already so, and touches no line but those of its own change. A Position holds for the Config that gave it: after a
change, ask for the route anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from wsfix.drivers.files import Files, own_files
from wsfix.drivers.nginx import force, forwarding, listening, placing, settings, targets, upgrade_map
from wsfix.drivers.nginx import room as rooms
from wsfix.drivers.nginx import route as routes
from wsfix.drivers.nginx.headers import effective
from wsfix.drivers.nginx.location import Location, locations, placed, stolen_from
from wsfix.drivers.nginx.request import normal
from wsfix.drivers.nginx.server import Server, servers
from wsfix.drivers.nginx.syntax import Document
from wsfix.drivers.nginx.tree import Node, Tree, grow
from wsfix.drivers.nginx.undefined import Unknown, unknown_variables
from wsfix.drivers.nginx.variables import Variables, maps
from wsfix.drivers.paths import Filesystem
from wsfix.drivers.problem import Problem
from wsfix.errors import CannotEdit, UnreadableConfig
from wsfix.model.route import Position, Route

_SPEAKS_11 = (1, 29, 7)
"""The release in which proxy_http_version became 1.1 by default."""


@dataclass(frozen=True)
class Config(Files):
    """All files of a configuration and the links between them."""

    main: str = "/etc/nginx/nginx.conf"
    version: str | None = None
    """The version of nginx, such as `1.22.1`; it decides what is the default."""

    @classmethod
    def read(
        cls,
        files: Mapping[str, bytes],
        links: Mapping[str, str],
        main: str = "/etc/nginx/nginx.conf",
        prefix: str = "/etc/nginx",
        *,
        version: str | None = None,
    ) -> Config:
        """Read a configuration; raises UnreadableConfig only where the main file itself cannot be read."""
        main = main if main.startswith("/") else f"{prefix}/{main}"
        filesystem = Filesystem(files, links)
        config = cls(own_files(filesystem), dict(links), main, version)
        _ = config.tree
        return config

    @cached_property
    def tree(self) -> Tree:
        """All directives, includes followed."""
        return grow(Filesystem(self.files, self.links), self.main)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read, and where it is asked for."""
        return self.tree.problems

    @property
    def loaded(self) -> tuple[str, ...]:
        """The files that nginx reads, and the links by which it comes to them."""
        return self.tree.loaded

    @cached_property
    def http(self) -> Node:
        """The http{} block; raises UnreadableConfig where there is none."""
        found = next((node for node in self.tree.nodes if node.name == "http" and node.directive.is_block), None)
        if found is None:
            raise UnreadableConfig(self.main, 1, "there is no http{} block")
        return found

    @cached_property
    def variables(self) -> Variables:
        """What is known of variables."""
        return Variables(maps(self.http), undefined=frozenset(use.name for use in self.undefined))

    def servers(self) -> tuple[Server, ...]:
        """The servers of http{}, in order."""
        return self._servers

    def locations(self, server: Server | Position) -> tuple[Location, ...]:
        """The locations directly in a server; those nested in each are its `locations`."""
        node = server.node if isinstance(server, Server) else self.server(server).node
        return locations(node)

    def listens_on(self, port: int) -> tuple[Server, ...]:
        """The servers that take connections on a port."""
        return tuple(server for server in self.servers() if server.on(port))

    @cached_property
    def undefined(self) -> tuple[Unknown, ...]:
        """Variables in use that nothing defines, each with the place of its use."""
        return unknown_variables(self.tree)

    def route(self, host: str, port: int, tls: bool, path: str, *, address: str | None = None) -> Route:
        """The way of a URL; kind NONE where no server listens. `address` is the local one that the client dialled."""
        asked = routes.Question(host, port, tls, path, address)
        return routes.route(self.servers(), self.variables, asked, self._version_spoken, self.http.position)

    def shadowed_prefix(self, route: Route, path: str) -> Route | None:
        """The route that a path would take if no regular expression took it from its prefix location."""
        server = self.server(route.server)
        stolen = stolen_from(locations(server.node), normal(path.encode()) or b"/")
        if stolen is None:
            return None
        host = next((name for name in server.names if name[:1] not in {"~", "*", "."}), "")
        listen = server.listens[0]
        asked = routes.Question(host, listen.first_port, listen.tls, path)
        return routes.through(server, stolen, self.variables, asked, self._version_spoken)

    def servers_that_proxy_to(self, host: str, port: int, listen: int) -> list[Position]:
        """The servers on a port that have a location which proxies to a port of this host, or to a unix socket."""
        return [server.position for server in self.listens_on(listen) if targets.reaches(self, server, host, port)]

    def in_force(self, route: Route, *names: str) -> tuple[Node, ...]:
        """The directives of these names that are in force where a route ends: those of the innermost level with any."""
        return force.in_force(self, route, *names)

    def own(self, route: Route, *names: str) -> tuple[Node, ...]:
        """The directives of these names in the very block that a route ends in."""
        return tuple(force.scope(self, route)[-1].all(*names))

    def conditions(self, route: Route) -> tuple[Node, ...]:
        """The `if` blocks on a route's way."""
        return tuple(node for block in force.scope(self, route) for node in block.all("if") if node.directive.is_block)

    def pool(self, route: Route) -> tuple[Node, tuple[Node, ...]] | None:
        """The upstream{} that a route proxies to, and its servers."""
        return force.pool(self, route)

    def unloaded_names(self, host: str) -> tuple[tuple[str, int, str], ...]:
        """(path, line, text) of each server_name with that host in files that nginx does not read."""
        return settings.unloaded_names(self, host)

    def server(self, position: Position) -> Server:
        """The server that begins at a position; raises CannotEdit where none does."""
        found = self._begun.get(position)
        if found is None:
            raise CannotEdit(f"{position}: no server begins here")
        return found

    def location(self, route: Route) -> Location:
        """The location of a route; raises CannotEdit where it has none or is of another state of the files."""
        found = placed(self.server(route.server).node, route.position, route.match)
        if found is None:
            raise CannotEdit(f"{route.position}: there is no `{route.match or 'location'}` here")
        return found

    def block(self, position: Position) -> Node:
        """The first http, server or location that begins at a position."""
        for node in self.http.walk():
            if node.stands_at(position) and node.name in {"http", "server", "location"} and node.directive.is_block:
                return node
        raise CannotEdit(f"{position}: no server or location begins here")

    def document(self, node: Node) -> Document:
        """The file that a node stands in."""
        return self.tree.documents[node.path]

    def server_setting(self, position: Position, name: str) -> Node | None:
        """The directive of a name that counts for a server: its own, else that of http{}."""
        return effective((self.http, self.server(position).node), name)

    def times_used(self, node: Node) -> int:
        """In how many places of the configuration a directive takes effect: more than one if its file is shared."""
        return sum(1 for other in self.tree.walk() if other.place == node.place)

    def forward_upgrade(self, route: Route) -> Config:
        """Make the route's location hand a WebSocket's upgrade on."""
        return forwarding.forward_upgrade(self, route)

    def forwards_any_upgrade(self, route: Route) -> bool:
        """Whether the route hands on the upgrade to another protocol than WebSocket, such as h2c."""
        return forwarding.forwards_any(self, route)

    def limit_upgrade(self, route: Route) -> Config:
        """Make the route's location hand on the upgrade of a WebSocket and of no other protocol."""
        return forwarding.limit_upgrade(self, route)

    def without(self, node: Node) -> Config:
        """Take one directive away."""
        return force.without(self, node)

    def single_header(self, route: Route, name: str) -> Config:
        """Set a header for the upstream once, where the route sets it several times."""
        return forwarding.single_header(self, route, name)

    def set_header(self, route: Route, name: str, value: str) -> Config:
        """Set one header for the upstream in the route's location, keeping those that it inherits."""
        return forwarding.set_headers(self, route, {name: value})

    def add_websocket_location(
        self,
        server: Position,
        prefix: str,
        host: str,
        port: int,
        *,
        uri: str | None = None,
        exact: bool = False,
        idle_seconds: int = 3600,
        like: Route | None = None,
    ) -> Config:
        """Add a location for a WebSocket before `location /`; `like` is a route whose headers it sends too."""
        wish = placing.NewLocation(prefix, host, port, uri, exact=exact, idle_seconds=idle_seconds, like=like)
        return placing.add_websocket_location(self, server, wish)

    def add_location_without_slash(self, route: Route, path: str, idle_seconds: int) -> Config:
        """Beside `location /ws/`, which answers `/ws` with 301, add `location = /ws` that does the same as it."""
        return placing.add_location_without_slash(self, route, path, idle_seconds)

    def set_directive(self, place: Position | Route, name: str, *args: str) -> Config:
        """Set a directive in the server or location at a place."""
        return settings.set_directive(self, place, name, args)

    def prefer_prefix(self, place: Position | Route) -> Config:
        """Turn a prefix location into `^~`, so that no regular expression takes its paths."""
        return settings.prefer_prefix(self, place)

    def retarget(self, route: Route, host: str, port: int) -> Config:
        """Aim the route at another address, in its proxy_pass or in its upstream{}."""
        return targets.retarget(self, route, host, port)

    def set_upstream_uri(self, route: Route, uri: str | None) -> Config:
        """Set the URI part of the route's proxy_pass, or take it away."""
        return targets.set_upstream_uri(self, route, uri)

    def set_upstream_scheme(self, route: Route, scheme: str) -> Config:
        """Speak http or https to the route's upstream."""
        return targets.set_upstream_scheme(self, route, scheme)

    def mark_down(self, server: Node, *, down: bool) -> Config:
        """Mark a server of an upstream{} as `down`, or take the word away."""
        return force.mark_down(self, server, down=down)

    def align_slash(self, route: Route) -> Config:
        """Let location and proxy_pass both end with a slash, or neither."""
        return targets.align_slash(self, route)

    def add_server_name(self, server: Position, name: str) -> Config:
        """Add a name to a server."""
        return settings.add_server_name(self, server, name)

    def define_map(self, variable: str) -> Config:
        """Define a variable that nothing defines, from $http_upgrade, for WebSocket and for no other protocol."""
        return upgrade_map.define_map(self, variable)

    def set_certificate(self, server: Position, certificate: str, key: str | None = None) -> Config:
        """Give a server another certificate file, and another key file if one is named."""
        return settings.set_certificate(self, server, certificate, key)

    def listen_on_ipv6(self, server: Position, port: int) -> Config:
        """Let a server take IPv6 connections on a port as well."""
        return listening.listen_on_ipv6(self, server, port)

    def listen_with_tls(self, server: Position, port: int) -> Config:
        """Let a server speak TLS on a port, by the certificate that it has."""
        return listening.listen_with_tls(self, server, port)

    @cached_property
    def room(self) -> rooms.Room:
        """How many connections and files its workers may have."""
        return rooms.room(self)

    def allow_connections(self, connections: int) -> Config:
        """Let each worker have so many connections, and files enough for them."""
        return rooms.allow_connections(self, connections)

    def allow_files(self, files: int) -> Config:
        """Let each worker open so many files."""
        return rooms.allow_files(self, files)

    def set_main(self, name: str, value: str) -> Config:
        """Give a directive outside of all blocks a value."""
        return rooms.set_main(self, name, value)

    @cached_property
    def _servers(self) -> tuple[Server, ...]:
        return tuple(servers(self.http))

    @cached_property
    def _begun(self) -> Mapping[Position, Server]:
        """The servers by where they begin; the first, where one file is included twice."""
        return {server.position: server for server in reversed(self.servers())}

    @property
    def _version_spoken(self) -> str:
        numbers = tuple(int(part) for part in (self.version or "0").split(".") if part.isdigit())
        return "1.1" if numbers >= _SPEAKS_11 else "1.0"
