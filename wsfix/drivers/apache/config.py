"""One host's Apache configuration as a value: ask it for a route, or for itself with one change.

Every verb returns a new Config, raises CannotEdit with a sentence where it would have to guess, changes nothing when what it
asks for is already so, and touches no line but those of its own change. A Position holds for the Config that gave it: after a
change, ask for the route anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from wsfix.drivers.apache import needs, ordering, placing, questions, rewriting, settings, shadow, targets, upgrading
from wsfix.drivers.apache import room as rooms
from wsfix.drivers.apache import route as routes
from wsfix.drivers.apache.conditions import STATIC, Surroundings
from wsfix.drivers.apache.environment import assignments
from wsfix.drivers.apache.forwarding import Platform
from wsfix.drivers.apache.needs import Need
from wsfix.drivers.apache.rules import Condition, Rule
from wsfix.drivers.apache.server import Server, listeners, servers
from wsfix.drivers.apache.shadow import Shadow
from wsfix.drivers.apache.syntax import Document
from wsfix.drivers.apache.tree import Node, Tree, grow
from wsfix.drivers.files import Files, own_files
from wsfix.drivers.paths import Filesystem
from wsfix.drivers.problem import Problem
from wsfix.drivers.text import decode
from wsfix.errors import CannotEdit
from wsfix.model.route import Position, Route

_ROOT = "/etc/apache2"


@dataclass(frozen=True)
class Config(Files):
    """All files of a configuration and the links between them."""

    main: str = "/etc/apache2/apache2.conf"
    version: str | None = None
    """The version of Apache, such as `2.4.71`; it decides whether `upgrade=` is known."""
    given_modules: frozenset[str] | None = None
    """The modules that the program says are loaded; None where it was not asked."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def read(
        cls,
        files: Mapping[str, bytes],
        links: Mapping[str, str],
        main: str = "/etc/apache2/apache2.conf",
        *,
        version: str | None = None,
        modules: Collection[str] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Config:
        """Read a configuration; raises UnreadableConfig only where the main file itself cannot be read.

        `modules` are names as `apache2ctl -M` prints them, without `_module`; `variables` count before those of envvars.
        """
        filesystem = Filesystem(files, links)
        known = None if modules is None else frozenset(name.removesuffix("_module") for name in modules)
        own = own_files(filesystem)
        config = cls(own, dict(links), main, version, known, dict(variables or {}))
        _ = config.tree
        return config

    @cached_property
    def tree(self) -> Tree:
        """All directives, includes followed, conditions evaluated."""
        folder = self.main.rpartition("/")[0] or _ROOT
        given = assignments(decode(self.files.get(f"{folder}/envvars", b""))) | dict(self.variables)
        modules = set(STATIC if self.given_modules is None else self.given_modules)
        return grow(Filesystem(self.files, self.links), self.main, Surroundings(modules, given, self.version, folder))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read, and where it is asked for."""
        return self.tree.problems

    @property
    def loaded(self) -> tuple[str, ...]:
        """The files that Apache reads, and the links by which it comes to them."""
        return self.tree.loaded

    @property
    def modules(self) -> frozenset[str]:
        """The modules that are loaded, by the names that a2enmod takes."""
        return self.tree.modules

    @property
    def platform(self) -> Platform:
        """What is installed."""
        return Platform(self.version, self.modules)

    def servers(self) -> tuple[Server, ...]:
        """The main server, then the virtual hosts, in the order in which Apache reads them."""
        return self._servers

    def listens_on(self, port: int) -> tuple[Server, ...]:
        """The servers that take connections on a port: its virtual hosts, else the main server."""
        if not any(listen.port == port for listen in listeners(self.tree)):
            return ()
        hosts = tuple(server for server in self.servers()[1:] if server.on(port))
        return hosts or self.servers()[:1]

    def route(
        self,
        host: str,
        port: int,
        tls: bool,
        path: str,
        *,
        address: str | None = None,
        connection: str = "Upgrade",
    ) -> Route:
        """The way of a URL; kind NONE where nothing listens. `address` is the local one that the client dialled.

        `connection` is the Connection header: Chrome sends `Upgrade`, Firefox `keep-alive, Upgrade`.
        """
        asked = routes.Question(host, port, tls, path, address, connection)
        return routes.route(self.servers(), self.platform, asked)

    def missing_modules(self) -> tuple[Need, ...]:
        """The modules that directives in use need and that are not loaded, each with the place that needs it."""
        return needs.missing(self.tree, self.platform)

    @cached_property
    def room(self) -> rooms.Room | None:
        """How many requests are served at once; None where its MPM is not known."""
        return rooms.room(self)

    def allow_requests(self, requests: int) -> Config:
        """Serve so many requests at once, where that is set."""
        return rooms.allow_requests(self, requests)

    def with_module(self, name: str) -> Config:
        """The configuration as if a module were loaded, as a2enmod does it; its files stay as they are."""
        folder = self.main.rpartition("/")[0]
        names = [f"{name}.load", f"{name}.conf"]
        links = {f"{folder}/mods-enabled/{one}": f"../mods-available/{one}" for one in names}
        there = {
            link: to for link, to in links.items() if f"{folder}/mods-available/{to.rpartition('/')[2]}" in self.files
        }
        known = frozenset({*self.modules, name})
        return replace(self, links={**self.links, **there}, given_modules=known)

    def shadowing(self, route: Route, path: str, prefix: str | None = None) -> Shadow | None:
        """The entry that took a path although one with a longer prefix stands too late; `moved`, `before` say what to move."""
        return shadow.shadowing(self.server(route.server), route, path, prefix)

    def shared_worker(self, route: Route) -> Position | None:
        """The earlier directive whose worker the route shares, so that its own parameters are without effect."""
        return questions.shared_worker(self, route)

    def rewrite_without_proxy(self, route: Route) -> Rule | None:
        """The rule that answers with a redirection to a backend, since it lacks [P]."""
        return questions.rewrite_without_proxy(self, route)

    def anchored_connection(self, route: Route) -> Condition | None:
        """The condition of the route's rule that holds for `Connection: Upgrade` and not for Firefox's `keep-alive, Upgrade`."""
        return questions.anchored_connection(self, route)

    def unmet_conditions(self, route: Route, path: str) -> tuple[Condition, ...]:
        """Conditions on Upgrade or Connection that no browser meets, of rules that would else proxy a path."""
        return questions.unmet_conditions(self, route, path)

    def servers_that_proxy_to(self, host: str, port: int, listen: int) -> list[Position]:
        """The servers on a port that have an entry or a rule which proxies to a port of this host."""
        return [
            server.position
            for server in self.listens_on(listen)
            if not host.startswith("/") and questions.reaches(server, port)
        ]

    def unloaded_names(self, host: str) -> tuple[tuple[str, int, str], ...]:
        """(path, line, text) of each ServerName and ServerAlias with that host in files that Apache does not read."""
        return questions.unloaded_names(self, host)

    def server(self, position: Position) -> Server:
        """The server that begins at a position; raises CannotEdit where none does."""
        for server in self.servers():
            if server.position == position:
                return server
        raise CannotEdit(f"{position}: no virtual host begins here")

    def document(self, node: Node) -> Document:
        """The file that a directive stands in; raises CannotEdit for what a macro made."""
        if node.made:
            raise CannotEdit(f"{node.position}: {node.title} stands in a macro")
        return self.tree.documents[node.path]

    def forward_upgrade(self, route: Route) -> Config:
        """Make the route's entry or rule hand a WebSocket's upgrade on."""
        return upgrading.forward_upgrade(self, route)

    def without_taken_header(self, route: Route) -> Config:
        """Take away the RequestHeader by which the route loses a header of the handshake."""
        return upgrading.without_taken_header(self, route)

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
        """Add a ProxyPass for a WebSocket before any that would take its path; `like` is a route whose scheme it keeps."""
        wish = placing.NewPass(prefix, host, port, uri, exact=exact, idle_seconds=idle_seconds, like=like)
        return placing.add_websocket_location(self, server, wish)

    def move_before(self, moved: Position, other: Position) -> Config:
        """Move the directive or section at one place to before that at another."""
        return ordering.move_before(self, moved, other)

    def set_rewrite_flags(self, place: Position | Route, *flags: str) -> Config:
        """Give a RewriteRule exactly these flags."""
        return rewriting.set_flags(self, place, flags)

    def proxy_rewrite(self, route: Route) -> Config:
        """Add [P] to a rule that redirects to a backend."""
        return rewriting.proxy(self, route)

    def unanchor_connection(self, route: Route) -> Config:
        """Let a condition on Connection hold for a list of words that has `Upgrade` in it."""
        return rewriting.unanchor_connection(self, route)

    def retarget(self, route: Route, host: str, port: int) -> Config:
        """Aim the route at another address, in its entry, its rule, or its balancer's only member."""
        return targets.retarget(self, route, host, port)

    def set_upstream_uri(self, route: Route, uri: str | None) -> Config:
        """Set the URI of the route's target; None passes the path on as it came."""
        return targets.set_upstream_uri(self, route, uri)

    def set_upstream_scheme(self, route: Route, scheme: str) -> Config:
        """Speak `http` or `https` to the route's upstream."""
        return targets.set_upstream_scheme(self, route, scheme)

    def align_slash(self, route: Route) -> Config:
        """Let the prefix and the target both end with a slash, or neither."""
        return targets.align_slash(self, route)

    def set_directive(self, place: Position | Route, name: str, *args: str) -> Config:
        """Set a directive in the server or section at a place."""
        return settings.set_directive(self, place, name, args)

    def grant(self, place: Position | Route) -> Config:
        """Let everybody into the section at a place that lets nobody in."""
        return settings.grant(self, place)

    def set_timeout(self, route: Route, seconds: int) -> Config:
        """Let a silent socket of the route live so long, by `timeout=` where its worker is defined."""
        return upgrading.set_timeout(self, route, seconds)

    def add_server_name(self, server: Position, name: str) -> Config:
        """Add a name to a server."""
        return settings.add_server_name(self, server, name)

    def set_certificate(self, server: Position, certificate: str, key: str | None = None) -> Config:
        """Give a server another certificate file, and another key file if one is named."""
        return settings.set_certificate(self, server, certificate, key)

    @cached_property
    def _servers(self) -> tuple[Server, ...]:
        return tuple(servers(self.tree, self.main))
