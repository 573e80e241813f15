"""From a URL to its route: the bind line, the rules of the frontend, the switching, the rules of the backend, its server.

The order is that of the manual, sections 4.2 (`use_backend`: the first rule whose condition holds) and 4.3: tcp-request,
monitor-uri, http-request, redirect, use_backend, default_backend; then the same of the backend, use-server, server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wsfix.drivers.haproxy.acl import Acls, conditioned
from wsfix.drivers.haproxy.headers import spelt
from wsfix.drivers.haproxy.listening import Bind, Server, asks_host
from wsfix.drivers.haproxy.request import Request
from wsfix.drivers.haproxy.rules import End, Passage
from wsfix.drivers.haproxy.samples import formatted, of_http
from wsfix.drivers.haproxy.tree import Node, Section, Tree
from wsfix.drivers.haproxy.upstreams import Member, idle_seconds, usable
from wsfix.model.route import Position, Route, RouteKind

_BAD_REQUEST, _UNAVAILABLE = 400, 503


@dataclass(frozen=True, slots=True)
class Question:
    """One URL, and the local address that was dialled where that is known."""

    host: str
    port: int
    tls: bool
    path: str
    address: str | None = None
    passed: frozenset[Position] = frozenset()
    """Lines of use_backend that are taken not to be there."""
    origin: str | None = None
    """The page's; that of the URL itself where none is given."""


@dataclass(frozen=True, slots=True, eq=False)
class Switched:
    """The rule that chose, and the section that it chose."""

    node: Node
    backend: Section | None
    name: str


def route(servers: Sequence[Server], tree: Tree, asked: Question, main: str) -> Route:
    """The way of one URL."""
    server, bind = choose(servers, asked)
    if server is None or bind is None:
        where = servers[0].section.position if servers else Position(main, 1)
        why = f"no bind of HAProxy listens on port {asked.port}"
        return Route(RouteKind.NONE, where, (), named=False, match="", position=where, why_not=why)
    return _Walk(server, bind, tree, asked).go()


def switching(servers: Sequence[Server], tree: Tree, asked: Question) -> tuple[Position, str] | None:
    """The line that switches a URL to a backend, whatever answers there, and its words as a route's match has them."""
    server, bind = choose(servers, asked)
    if server is None or bind is None:
        return None
    walk = _Walk(server, bind, tree, asked)
    walk.go()
    return (walk.node.position, walk.match(walk.node)) if walk.node else None


def doubted(servers: Sequence[Server], tree: Tree, asked: Question) -> tuple[End, ...]:
    """How rules on the way would refuse a URL of which it cannot be told whether they do."""
    server, bind = choose(servers, asked)
    if server is None or bind is None:
        return ()
    walk = _Walk(server, bind, tree, asked)
    walk.go()
    return tuple(walk.passage.doubted)


def choose(servers: Sequence[Server], asked: Question) -> tuple[Server | None, Bind | None]:
    """The frontend that a connection comes to; of several on one port the one of that address, of that name, the first."""
    found = [(server, bind) for server in servers if (bind := server.bind(asked.port, asked.address)) is not None]
    if not found:
        return None, None

    def rank(pair: tuple[Server, Bind]) -> tuple[bool, bool, bool]:
        server, bind = pair
        decrypts = bind.tls == asked.tls or server.section.mode == "tcp"
        return not bind.exactly(asked.address), not decrypts, not any(_covers(n, asked.host) for n in server.names)

    return min(found, key=rank)


def _covers(name: str, host: str) -> bool:
    return host.lower().endswith(name[1:]) if name.startswith("*") else name == host.lower()


class _Walk:
    """One request on its way."""

    def __init__(self, server: Server, bind: Bind, tree: Tree, asked: Question) -> None:
        self.server, self.bind, self.tree, self.asked = server, bind, tree, asked
        self.section = server.section
        self.sealed = self.section.mode == "tcp" and asked.tls and not bind.tls
        request = (
            Request.sealed(asked.host, asked.port)
            if self.sealed
            else Request.of(asked.host, asked.port, asked.path, tls=asked.tls, origin=asked.origin)
        )
        self.passage = Passage(request, server.acls.files)
        self.named = not server.names
        self.node: Node | None = None
        """The line that switched to the backend."""
        self.passed: list[Node] = []
        """Lines that ask for HTTP where it is not seen."""

    def go(self) -> Route:
        """Read the request, and follow the frontend's rules."""
        if self.bind.tls != self.asked.tls and self.section.mode != "tcp":
            why = "does not decrypt TLS" if self.asked.tls else "speaks TLS only"
            where = self.bind.node.position
            told = self._base(self.bind.node.title, where)
            return replace(told, kind=RouteKind.NONE, why_not=f"port {self.asked.port} {why} ({where})")
        if not self.asked.path.startswith("/"):
            return self._ended(End(self.section.head, RouteKind.RETURN, _BAD_REQUEST))
        self._name()
        end = self._monitored() or self.passage.through(self.section, self.server.acls)
        if end is not None:
            return self._ended(end)
        switched = self._switched()
        if switched is None and self.passed:
            why = f"{self._called} is in mode tcp, and conditions about HTTP such as `{self.passed[0].title}` never hold there"
            return self._ended(End(self.section.head, RouteKind.OTHER, why=why))
        if switched is None:
            why = f"no use_backend of {self._called} takes this URL, and there is no default_backend: 503 <NOSRV>"
            end = End(self.section.head, RouteKind.OTHER, _UNAVAILABLE, why=why)
            return self._ended(end)
        return self._in_backend(switched)

    @property
    def _called(self) -> str:
        return f"{self.section.kind} {self.section.name}"

    def _name(self) -> None:
        """Whether any condition about the host holds for the one that is asked for."""
        request, acls = self.passage.request, self.server.acls
        for node in self.section.nodes:
            for negated, acl in acls.expressions(conditioned(node.args)[1]):
                if asks_host(acl) and not negated and acl.holds(request, acls.files):
                    self.named = True
        self.named = self.named or any(_covers(name, self.asked.host) for name in self.server.names)

    def _monitored(self) -> End | None:
        held = self.section.setting("monitor-uri")
        if held is not None and held.args[:1] == (self.passage.request.path,):
            return End(held, RouteKind.RETURN, 200)
        stats = self.section.setting("stats", "uri")
        if stats is not None and (self.passage.request.path or "").startswith(stats.args[1]):
            return End(stats, RouteKind.OTHER, why="HAProxy's own page of statistics answers")
        return None

    def _switched(self) -> Switched | None:
        for node in self.section.nodes:
            if node.name != "use_backend" or not node.args or node.position in self.asked.passed:
                continue
            words, condition = conditioned(node.args)
            if self._unseen(condition):
                self.passed.append(node)
                continue
            if not self.passage.holds(node, condition, self.server.acls):
                continue
            name = formatted(words[0], self.passage.request, self.server.acls.files)
            if name is None:
                self.passage.uncertain.append(f"which backend `{node.title}` at {node.position} names is not known")
                continue
            backend = self.tree.backend(name)
            if backend is not None or "%[" not in words[0]:
                return Switched(node, backend, name)
        held = self.section.setting("default_backend")
        if held is not None and held.args:
            self.named = True
            return Switched(held, self.tree.backend(held.args[0]), held.args[0])
        return Switched(self.section.head, self.section, self.section.name) if self.section.kind == "listen" else None

    def _unseen(self, condition: Sequence[str]) -> bool:
        """Whether a condition asks for HTTP in a frontend that takes bytes as they come, and waits for none of them."""
        if self.section.mode != "tcp" or self.sealed or self.section.setting("tcp-request", "inspect-delay"):
            return False
        return any(not negated and of_http(acl.sample) for negated, acl in self.server.acls.expressions(condition))

    def _in_backend(self, switched: Switched) -> Route:
        """Follow the rules of the backend, and choose a server of it."""
        node, backend = switched.node, switched.backend
        self.node = node
        if not conditioned(node.args)[1]:
            self.named = True
        if backend is None:
            end = End(node, RouteKind.OTHER, _UNAVAILABLE, why=f"there is no backend {switched.name}")
            return self._ended(end)
        acls = Acls.of([*(backend.defaults.nodes if backend.defaults else []), *backend.nodes], self.server.acls.files)
        answered = None if backend is self.section else self.passage.through(backend, acls)
        if answered is not None:
            return self._ended(answered)
        member = self._member(backend, acls)
        if member is None:
            why = f"backend {switched.name} has no server in use: 503 <NOSRV>"
            return self._ended(End(node, RouteKind.OTHER, _UNAVAILABLE, why=why))
        return self._proxied(switched, backend, member)

    def _member(self, backend: Section, acls: Acls) -> Member | None:
        found = usable(backend)
        for node in backend.all("use-server"):
            words, condition = conditioned(node.args)
            if words and self.passage.holds(node, condition, acls):
                chosen = next((one for one in found if one.name == words[0]), None)
                if chosen is not None:
                    return chosen
        return found[0] if found else None

    def _proxied(self, switched: Switched, backend: Section, member: Member) -> Route:
        request, tcp = self.passage.request, backend.mode == "tcp"
        why = "" if tcp else self._why_not(member)
        host = next((one.value for one in reversed(self.passage.headers) if one.name.lower() == "host"), "")
        path = self.asked.path if tcp else request.target
        return replace(
            self._base(self.match(switched.node), switched.node.position),
            kind=RouteKind.PROXY,
            upstream=member.upstream(self.asked.port),
            backend_path=path,
            http_version="2" if member.only_h2 else "1.1",
            headers=tuple(self.passage.headers),
            upgrade_value=_sent(request, "upgrade"),
            connection_value=_sent(request, "connection"),
            forwards_upgrade=not why,
            why_not=why,
            host_value=host,
            idle_seconds=idle_seconds(self.section, backend),
        )

    def match(self, node: Node) -> str:
        """The rule without its condition, and what of the path it takes as the last word."""
        words = " ".join((node.name, *conditioned(node.args)[0]))
        return f"{words} for {_pattern(self.server, node, self.asked.path)}"

    def _why_not(self, member: Member) -> str:
        for whose, gone in (("client", self.passage.taken), ("backend", self.passage.withheld)):
            for name, node in gone.items():
                return f"`{node.title}` at {node.position} takes the {whose}'s {spelt(name)} away"
        if member.only_h2:
            word = "proto h2" if "proto" in member.options else "alpn h2"
            return f"server {member.name} at {member.node.position} is spoken to in HTTP/2 alone (`{word}`)"
        return ""

    def _ended(self, end: End) -> Route:
        base = self._base(end.node.title, end.node.position)
        return replace(base, kind=end.kind, status=end.status, redirect=end.redirect, why_not=end.why)

    def _base(self, match: str, position: Position) -> Route:
        crt = self.bind.certificates if self.bind.tls else ()
        return Route(
            kind=RouteKind.NONE,
            server=self.section.position,
            server_names=self.server.names,
            named=self.named,
            match=match,
            position=position,
            http_version="1.1",
            certificate=crt[0] if crt else None,
            certificate_position=self.bind.node.position if crt else None,
            uncertain=tuple(dict.fromkeys((*self.tree.uncertain, *self.passage.uncertain))),
        )


def _pattern(server: Server, node: Node, path: str) -> str:
    """What the rule asks of the path: the longest prefix that fits, else an expression behind a tilde, else `/`."""
    asked = [
        acl
        for negated, acl in server.acls.expressions(conditioned(node.args)[1])
        if not negated and acl.sample.split(",")[0] in {"path", "url", "pathq"}
    ]
    plain = [one for acl in asked if acl.method in {"", "str", "beg"} for one in acl.patterns]
    fitting = [one for one in plain if path.lower().startswith(one.lower())]
    if fitting:
        return max(fitting, key=len)
    expressions = [one for acl in asked if acl.method == "reg" for one in acl.patterns]
    return f"~ {expressions[0]}" if expressions else "/"


def _sent(request: Request, name: str) -> str | None:
    return request.headers.get(name)
