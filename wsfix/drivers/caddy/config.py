"""One host's Caddyfile as a value: ask it for a route, or for itself with one change.

Every verb returns a new Config, raises CannotEdit with a sentence where it would have to guess, changes nothing when what it
asks for is already so, and touches no line but those of its own change. A Position holds for the Config that gave it: after a
change, ask for the route anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from wsfix.drivers.caddy import headers, health, placing, pools, settings, targets
from wsfix.drivers.caddy import route as routes
from wsfix.drivers.caddy.address import Ports, Site, ports, sites
from wsfix.drivers.caddy.order import order
from wsfix.drivers.caddy.syntax import Document
from wsfix.drivers.caddy.tree import Node, Tree, grow
from wsfix.drivers.files import Files, own_files
from wsfix.drivers.paths import Filesystem
from wsfix.drivers.problem import Problem
from wsfix.errors import CannotEdit
from wsfix.model.route import PoolMember, Position, Route


@dataclass(frozen=True)
class Config(Files):
    """All files of a configuration and the links between them."""

    main: str = "/etc/caddy/Caddyfile"
    version: str | None = None
    """The version of Caddy, such as `2.6.2`; it decides which directives it knows."""

    @classmethod
    def read(
        cls,
        files: Mapping[str, bytes],
        links: Mapping[str, str],
        main: str = "/etc/caddy/Caddyfile",
        *,
        version: str | None = None,
    ) -> Config:
        """Read a configuration; raises UnreadableConfig only where the main file itself cannot be read."""
        filesystem = Filesystem(files, links)
        config = cls(own_files(filesystem), dict(links), main, version)
        _ = config.tree
        return config

    @cached_property
    def tree(self) -> Tree:
        """All sites, imports followed."""
        return grow(Filesystem(self.files, self.links), self.main)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read, and where it is asked for."""
        return self.tree.problems

    @property
    def loaded(self) -> tuple[str, ...]:
        """The files that Caddy reads, and the links by which it comes to them."""
        return self.tree.loaded

    @cached_property
    def ports(self) -> Ports:
        """The ports of HTTP and HTTPS."""
        return ports(self.tree.options)

    def sites(self) -> tuple[Site, ...]:
        """The sites, in the order of the files."""
        return self._sites

    def listens_on(self, port: int) -> tuple[Site, ...]:
        """The sites that take connections on a port."""
        return tuple(site for site in self.sites() if site.on(port))

    def route(self, host: str, port: int, tls: bool, path: str, *, address: str | None = None) -> Route:
        """The way of a URL; kind NONE where no site listens. `address` is the local one that the client dialled."""
        asked = routes.Question(host, port, tls, path, address)
        return routes.route(self.sites(), self.ports, order(self.tree.options), asked, Position(self.main, 1))

    def servers_that_proxy_to(self, host: str, port: int, listen: int) -> list[Position]:
        """The sites on a port that proxy to a port of this host."""
        return [
            site.position
            for site in self.listens_on(listen)
            if not host.startswith("/") and targets.reaches(site, port)
        ]

    def unloaded_names(self, host: str) -> tuple[tuple[str, int, str], ...]:
        """(path, line, text) of each line of addresses with that host in files that Caddy does not read."""
        return settings.unloaded_names(self, host)

    def knows(self, *wanted: int) -> bool:
        """Whether this Caddy is at least of a version; false where its version is not known."""
        numbers = tuple(int(part) for part in (self.version or "0").lstrip("v").split(".") if part.isdigit())
        return numbers >= wanted

    @property
    def keeps_streams(self) -> bool:
        """Whether all that is proxied outlives a reload for a while."""
        proxies = [node for node in self.tree.walk() if node.name == "reverse_proxy"]
        return bool(proxies) and all(node.last("stream_close_delay") for node in proxies)

    def site(self, position: Position) -> Site:
        """The site that begins at a position; raises CannotEdit where none does."""
        for site in self.sites():
            if site.position == position:
                return site
        raise CannotEdit(f"{position}: no site begins here")

    def at(self, route: Route) -> Node:
        """The directive of a route that chose its path; raises CannotEdit where it is of another state of the files."""
        site = self.site(route.server)
        if not route.match:
            return site.node
        for node in site.node.walk():
            if node.position == route.position and node.match == route.match:
                return node
        raise CannotEdit(f"{route.position}: there is no `{route.match}` here")

    def reverse_proxy(self, route: Route) -> Node:
        """The one reverse_proxy of a route."""
        node = self.at(route)
        if node.name == "reverse_proxy":
            return node
        held = [one for one in node.walk() if one.name == "reverse_proxy"]
        aimed = [one for one in held if route.upstream and _holds(one, route.upstream.position)]
        found = aimed or held
        if len(found) != 1:
            raise CannotEdit(f"{node.position}: `{node.text}` holds {len(found) or 'no'} reverse_proxy for this path")
        return found[0]

    def document(self, node: Node) -> Document:
        """The file that a node stands in; raises CannotEdit where its directive takes effect in other places too."""
        shared = sum(1 for other in self.tree.walk() if other.place == node.place)
        if shared > 1:
            raise CannotEdit(f"{node.position}: {node.name} stands in what is imported {shared} times")
        return self.tree.documents[node.path]

    def forward_upgrade(self, route: Route) -> Config:
        """Take away the lines by which the route loses a WebSocket's upgrade."""
        return headers.forward_upgrade(self, route)

    def keep_host(self, route: Route) -> Config:
        """Take away the lines that give the route's upstream another Host."""
        return headers.keep_host(self, route)

    def health_checks(self, route: Route) -> list[Node]:
        """The lines of the route's active health check."""
        return health.checks(self, route)

    def without_health_checks(self, route: Route) -> Config:
        """Take the route's active health check away."""
        return health.without_checks(self, route)

    def match_below(self, position: Position, pattern: str) -> Config:
        """Let a path that is matched at a place, and takes one path alone, take everything below it too."""
        return targets.match_below(self, position, pattern)

    def pool(self, route: Route) -> tuple[PoolMember, ...]:
        """The upstreams between which the route shares out its requests."""
        return pools.pool(self, route)

    def set_aside(self, route: Route, gone: PoolMember) -> Config:
        """Give an upstream of the route no more requests."""
        return pools.set_aside(self, route, gone)

    def match_value(self, position: Position, old: str, new: str) -> Config:
        """Write another value for one that is matched at a place."""
        return targets.match_value(self, position, old, new)

    def speak_plainly(self, route: Route) -> Config:
        """Let the route speak plain HTTP to its upstream."""
        return targets.speak_plainly(self, route)

    def stream_close_delay(self, route: Route, seconds: int) -> Config:
        """Keep the route's open sockets for so long after a reload (Caddy 2.7)."""
        return settings.stream_close_delay(self, route, seconds)

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
        """Add a `handle` for a WebSocket; `like` is a route whose headers it sends too. Caddy has no idle time to set."""
        _ = idle_seconds
        wish = placing.NewHandle(prefix, host, port, uri, exact=exact, like=like)
        return placing.add_websocket_location(self, server, wish)

    def retarget(self, route: Route, host: str, port: int) -> Config:
        """Aim the route at another address."""
        return targets.retarget(self, route, host, port)

    def set_upstream_uri(self, route: Route, uri: str | None) -> Config:
        """Set what the upstream is asked for in the place of the matched prefix; None leaves the path as it came."""
        return targets.set_upstream_uri(self, route, uri)

    def align_slash(self, route: Route) -> Config:
        """Let the prefix and what takes its place both end with a slash, or neither."""
        return targets.align_slash(self, route)

    def add_server_name(self, server: Position, name: str) -> Config:
        """Add a name to a site."""
        return settings.add_server_name(self, server, name)

    def set_certificate(self, server: Position, certificate: str, key: str | None = None) -> Config:
        """Give a site another certificate file, and another key file if one is named."""
        return settings.set_certificate(self, server, certificate, key)

    @cached_property
    def _sites(self) -> tuple[Site, ...]:
        return tuple(sites(self.tree.sites, self.ports))


def _holds(node: Node, position: Position | None) -> bool:
    return any(one.position == position for one in node.walk())
