"""One host's HAProxy configuration as a value: ask it for a route, or for itself with one change.

Every verb returns a new Config, raises CannotEdit with a sentence where it would have to guess, changes nothing when what it
asks for is already so, and touches no line but those of its own change. A Position holds for the Config that gave it: after a
change, ask for the route anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from wsfix.drivers.files import Files, own_files
from wsfix.drivers.haproxy import checks, edits, naming, placing, questions, rewriting, servers
from wsfix.drivers.haproxy import route as routes
from wsfix.drivers.haproxy.listening import Server
from wsfix.drivers.haproxy.rules import End
from wsfix.drivers.haproxy.syntax import Document
from wsfix.drivers.haproxy.tree import Node, Section, Tree, grow
from wsfix.drivers.haproxy.upstreams import Member, Timeout, timeout_line
from wsfix.drivers.paths import Filesystem
from wsfix.drivers.problem import Problem
from wsfix.errors import CannotEdit
from wsfix.model.route import PoolMember, Position, Route

MAIN = "/etc/haproxy/haproxy.cfg"


@dataclass(frozen=True)
class Config(Files):
    """All files of a configuration and the links between them."""

    main: str = MAIN
    version: str | None = None
    """The version of HAProxy, such as `2.6.12`; it decides about `.if version_atleast` and the word `ws`."""
    more: tuple[str, ...] = ()
    """Further files and folders of the command line, behind the main one (`-f`)."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    concerned: str | None = None
    """The site's name, for verbs on a frontend that serves several."""

    @classmethod
    def read(
        cls,
        files: Mapping[str, bytes],
        links: Mapping[str, str],
        main: str = MAIN,
        *,
        version: str | None = None,
        more: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
    ) -> Config:
        """Read a configuration; raises UnreadableConfig only where the main file itself cannot be read."""
        filesystem = Filesystem(files, links)
        own = own_files(filesystem)
        config = cls(own, dict(links), main, version, tuple(more), dict(variables or {}))
        _ = config.tree
        return config

    @cached_property
    def tree(self) -> Tree:
        """All sections, conditional blocks evaluated."""
        return grow(Filesystem(self.files, self.links), (self.main, *self.more), self.version, self.variables)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read, and where it is asked for."""
        return tuple(self.tree.problems)

    @property
    def loaded(self) -> tuple[str, ...]:
        """The files that HAProxy reads, and the links by which it comes to them."""
        return tuple(self.tree.loaded)

    def servers(self) -> tuple[Server, ...]:
        """The frontends and listens, in the order of the files."""
        return self._servers

    def listens_on(self, port: int) -> tuple[Server, ...]:
        """Those that take connections on a port."""
        return tuple(server for server in self.servers() if server.bind(port, None) is not None)

    def route(
        self, host: str, port: int, tls: bool, path: str, *, address: str | None = None, origin: str | None = None
    ) -> Route:
        """The way of a URL; kind NONE where nothing listens. `address` is the local one that the client dialled."""
        asked = routes.Question(host, port, tls, path, address, origin=origin)
        return routes.route(self.servers(), self.tree, asked, self.main)

    def doubted(self, host: str, port: int, tls: bool, path: str, origin: str | None) -> tuple[End, ...]:
        """How rules would refuse a URL of which it cannot be told whether they do: by rates, addresses, other headers."""
        asked = routes.Question(host, port, tls, path, origin=origin)
        return routes.doubted(self.servers(), self.tree, asked)

    def servers_that_proxy_to(self, host: str, port: int, listen: int) -> list[Position]:
        """The frontends on a port that switch to a backend with a server on a port of this host."""
        return [
            one.section.position
            for one in self.listens_on(listen)
            if not host.startswith("/") and questions.reaches(self, one, port)
        ]

    def unloaded_names(self, host: str) -> tuple[tuple[str, int, str], ...]:
        """(path, line, text) of each condition about that host in files that HAProxy does not read."""
        return questions.unloaded_names(self, host)

    def server(self, position: Position) -> Server:
        """The frontend that begins at a position; raises CannotEdit where none does."""
        for server in self.servers():
            if server.section.position == position:
                return server
        raise CannotEdit(f"{position}: no frontend begins here")

    def member(self, route: Route) -> Member:
        """The `server` line of a route; raises CannotEdit where it is of another state of the files."""
        return questions.member(self, route)

    def backend(self, route: Route) -> Section:
        """The section that the server of a route stands in."""
        return questions.backend(self, route)

    def document(self, node: Node) -> Document:
        """The file that a line stands in."""
        return self.tree.documents[node.path]

    def forward_upgrade(self, route: Route) -> Config:
        """Let rules that take Upgrade or Connection away leave those of a WebSocket, and speak HTTP/1.1 for it."""
        return rewriting.forward_upgrade(self, route)

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
        """Add a use_backend before all others, and a backend where none fits."""
        name = self.concerned
        wish = placing.NewRule(prefix, host, port, uri, exact=exact, idle_seconds=idle_seconds, like=like, name=name)
        return placing.add_websocket_location(self, server, wish)

    def about(self, name: str) -> Config:
        """The same, for verbs that are about the site of that name."""
        return replace(self, concerned=name)

    def asks_upgrade(self, route: Route) -> bool:
        """Whether the rule of a route is about upgrades alone."""
        return questions.asks_upgrade(self, route)

    def switching(self, host: str, port: int, tls: bool, path: str) -> tuple[Position, str] | None:
        """The line that switches a URL to its backend, and its words as a route's match has them."""
        return routes.switching(self.servers(), self.tree, routes.Question(host, port, tls, path))

    def behind(self, host: str, port: int, tls: bool, path: str) -> Iterator[Route]:
        """The routes that a URL would take if the use_backend that took it, and then the next, were not there."""
        passed: frozenset[Position] = frozenset()
        while True:
            asked = routes.Question(host, port, tls, path, passed=passed)
            taken = routes.switching(self.servers(), self.tree, asked)
            if taken is None or taken[0] in passed or not taken[1].startswith("use_backend "):
                return
            passed |= {taken[0]}
            yield routes.route(
                self.servers(), self.tree, routes.Question(host, port, tls, path, passed=passed), self.main
            )

    def move_before(self, moved: Position, other: Position) -> Config:
        """Move the line at one place to before that at another."""
        return edits.move_before(self, questions.at(self, moved), questions.at(self, other))

    def except_path(self, place: Position, prefix: str) -> Config:
        """Let the rule at a place leave the paths with a prefix alone."""
        return rewriting.except_path(self, questions.at(self, place), prefix)

    def check(self, route: Route, layer: int) -> Node | None:
        """The line by which a health check that fails on a layer asks for more than a connection to the server's port."""
        return checks.asked(self, route, layer)

    def plain_check(self, route: Route, layer: int = checks.ANSWER) -> Config:
        """Let the health check of the route's server be a TCP connection alone, as far as that line is concerned."""
        return checks.plain_check(self, route, layer)

    def retarget(self, route: Route, host: str, port: int) -> Config:
        """Aim the route's only server at another address."""
        return edits.retarget(self, route, host, port)

    def pool(self, route: Route) -> tuple[PoolMember, ...]:
        """The servers among which the route's backend shares out its requests."""
        return servers.pool(self, route)

    def set_aside(self, route: Route, gone: PoolMember) -> Config:
        """Give a server of the route's backend no more requests."""
        return servers.set_aside(self, route, gone)

    def speak_plainly(self, route: Route) -> Config:
        """Let the route speak plain HTTP to its server."""
        return servers.speak_plainly(self, route)

    def timeout(self, route: Route, name: str) -> Timeout | None:
        """A timeout in force for a route: those of the client are the frontend's, the others the backend's."""
        front = name in {"client", "http-request", "http-keep-alive"}
        section = self.server(route.server).section if front else self.backend(route)
        return timeout_line(section, name)

    def in_seconds(self, place: Position) -> Config:
        """Give the timeout at a place the unit that was meant."""
        return edits.in_seconds(self, questions.at(self, place))

    def proxy_lines(self, route: Route) -> tuple[str, ...]:
        """The words by which the route's server is sent a line of the PROXY protocol before each connection."""
        return servers.proxy_lines(self, route)

    def without_proxy_lines(self, route: Route) -> Config:
        """Send the route's server no line of the PROXY protocol."""
        return servers.without_proxy_lines(self, route)

    def expects_proxy_line(self, port: int) -> Node | None:
        """The line by which HAProxy waits on a port for a line of the PROXY protocol."""
        return edits.expects_proxy_line(self, port)

    def without_expected_proxy_line(self, port: int) -> Config:
        """Wait on a port for no line of the PROXY protocol."""
        return edits.without_expected_proxy_line(self, port)

    def keep_host(self, route: Route) -> Config:
        """Take away the rule that writes another Host, so that the backend is sent the client's."""
        return rewriting.keep_host(self, route)

    def set_upstream_uri(self, route: Route, uri: str | None) -> Config:
        """Put another URI into the place of the matched prefix; None leaves the path as it came."""
        return rewriting.set_upstream_uri(self, route, uri)

    def align_slash(self, route: Route) -> Config:
        """Let the prefix and what takes its place both end with a slash, or neither."""
        return rewriting.align_slash(self, route)

    def set_tunnel(self, route: Route, seconds: int) -> Config:
        """Let a silent socket of the route live so long: `timeout tunnel` in its backend."""
        return edits.set_tunnel(self, route, seconds)

    def add_server_name(self, server: Position, name: str) -> Config:
        """Add a name to the conditions about the host of a frontend."""
        return naming.add_server_name(self, server, name)

    def set_certificate(self, server: Position, certificate: str, key: str | None = None) -> Config:
        """Give a frontend another certificate; its key stands in the same file, or beside it with `.key` behind."""
        return naming.set_certificate(self, server, certificate, key)

    @cached_property
    def _servers(self) -> tuple[Server, ...]:
        files = dict(self.files)
        for link in self.links:
            data = self.files.get(Filesystem(self.files, self.links).own(link))
            files |= {link: data} if data is not None else {}
        return tuple(Server.of(section, files) for section in self.tree.proxies("frontend", "listen"))
