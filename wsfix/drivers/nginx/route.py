"""From a URL to its route: the server, its rewriting, the location, try_files, and what is done there.

The phases are nginx's (src/http/ngx_http_core_module.c): server rewrite, find location, rewrite, post rewrite (at most ten
times), try_files, content. Files are taken not to exist until the fallback of try_files is reached, and to exist then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wsfix.drivers.nginx import headers, proxy, rewrite
from wsfix.drivers.nginx.location import Location, Modifier, find, locations
from wsfix.drivers.nginx.request import Request, normal, request
from wsfix.drivers.nginx.rewrite import Outcome, Step
from wsfix.drivers.nginx.server import Choice, Server, canonical_host, choose
from wsfix.drivers.nginx.tree import Node
from wsfix.drivers.nginx.values import seconds
from wsfix.drivers.nginx.variables import Variables
from wsfix.drivers.text import decode
from wsfix.model.route import Position, Route, RouteKind

_MOST_CHANGES = 10
"""NGX_HTTP_MAX_URI_CHANGES."""
_DEFAULT_TIMEOUT = 60.0
_BAD_REQUEST, _NOT_FOUND, _MOVED, _LOOP = 400, 404, 301, 500
_ELSEWHERE = {
    "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass", "grpc_pass", "js_content", "content_by_lua",
    "content_by_lua_block", "content_by_lua_file", "perl", "echo", "stub_status", "empty_gif", "api", "hls", "mp4", "flv",
    "upload_pass", "push_stream_websocket", "nchan_subscriber", "nchan_pubsub", "passenger_enabled",
}  # fmt: skip
_TREE_OF_LUA = ("rewrite_by_lua", "access_by_lua", "js_access", "js_rewrite")


@dataclass(frozen=True, slots=True)
class Question:
    """One URL."""

    host: str
    port: int
    tls: bool
    path: str
    address: str | None = None


def route(servers: Sequence[Server], variables: Variables, asked: Question, version: str, nowhere: Position) -> Route:
    """The way of one URL through a configuration whose servers these are."""
    choice = choose(servers, asked.host, asked.port, asked.address, tls=asked.tls)
    if choice is None:
        why = f"no server listens on port {asked.port}"
        return Route(RouteKind.NONE, nowhere, (), named=False, match="", position=nowhere, why_not=why)
    return _Walk(choice, replace(variables, server_name=_first_name(choice.server)), version).go(asked)


def through(server: Server, location: Location, variables: Variables, asked: Question, version: str) -> Route:
    """The route as it would be if a location of a server took the path."""
    walk = _Walk(Choice(server, named=True, tls=asked.tls), variables, version)
    came = request(canonical_host(asked.host), asked.port, asked.path, tls=asked.tls)
    if came is None:
        return walk.answer(None, _BAD_REQUEST)
    return walk.at(location, came)


def _first_name(server: Server) -> str:
    return server.names[0] if server.names else ""


def _known(value: bytes | None) -> str | None:
    return None if value is None else decode(value)


class _Walk:
    """One request on its way through one server; it gathers what it could not evaluate."""

    def __init__(self, choice: Choice, variables: Variables, version: str) -> None:
        self.choice = choice
        self.server = choice.server
        self.variables = variables
        self.version = version
        self.level = locations(self.server.node)
        self.uncertain = list(choice.uncertain)
        self.changes = 0

    def go(self, asked: Question) -> Route:
        merge = self._setting("merge_slashes")
        came = request(
            canonical_host(asked.host), asked.port, asked.path, tls=asked.tls, merge_slashes=merge != ("off",)
        )
        if self.choice.tls != asked.tls:
            why = "does not speak TLS" if asked.tls else "speaks TLS only"
            self.uncertain.append(f"port {asked.port} {why}")
        if came is None or (self.choice.tls and not asked.tls):
            return self.answer(None, _BAD_REQUEST)
        return self.enter(replace(came, variables=dict(self.choice.captures)))

    def enter(self, came: Request) -> Route:
        """Begin with the server's own directives."""
        outcome = self._rewrite(self.server.node, came)
        if outcome.step is Step.ANSWER:
            return self.answer(None, outcome.status, outcome.redirect)
        return self.search(outcome.request)

    def search(self, came: Request) -> Route:
        """Find the location and go on there."""
        found = find(self.level, came.uri)
        self.uncertain += found.uncertain
        if found.location is None:
            return self._content(None, came, None)
        if found.slash:
            return self.answer(found.location, _MOVED, found.location.name)
        if found.location.node.last("internal") and not came.internal:
            return self.answer(found.location, _NOT_FOUND)
        return self.at(found.location, replace(came, variables={**came.variables, **dict(found.captures)}))

    def at(self, location: Location, came: Request) -> Route:
        """Follow a location's directives."""
        outcome = self._rewrite(location.node, came)
        if outcome.step is Step.ANSWER:
            return self.answer(location, outcome.status, outcome.redirect)
        if outcome.changed:
            return self._again(location, outcome.request)
        tried = location.node.last("try_files")
        # An `if` that holds takes the place of its location, and try_files is not inherited into it.
        if tried is not None and tried.args and outcome.taken is None:
            return self._try_files(tried, location, outcome)
        return self._content(location, outcome.request, outcome.taken)

    def answer(self, location: Location | None, status: int | None, redirect: str | None = None) -> Route:
        """The route that ends with a status."""
        return replace(self._base(location), kind=RouteKind.RETURN, status=status, redirect=redirect)

    def _again(self, location: Location, came: Request) -> Route:
        self.changes += 1
        if self.changes > _MOST_CHANGES:
            self.uncertain.append(f"the rewriting in {location.match} at {location.position} goes round in a circle")
            return self.answer(location, _LOOP)
        return self.search(came)

    def _try_files(self, tried: Node, location: Location, outcome: Outcome) -> Route:
        fallback, came = tried.args[-1], outcome.request
        if fallback.startswith("="):
            return replace(self._base(location), kind=RouteKind.FILES)
        value = self.variables.expand(fallback, came)
        if value is None:
            self.uncertain.append(f"the fallback {fallback} at {tried.position} is not known here")
            return replace(self._base(location), kind=RouteKind.FILES)
        uri, _, args = value.partition(b"?")
        if uri == came.uri and came.internal:
            # The fallback itself is asked for: the file is taken to be there.
            return self._content(location, came, outcome.taken)
        self.changes += 1
        if self.changes > _MOST_CHANGES:
            return self.answer(location, _LOOP)
        if fallback.startswith("@"):
            return self._to_named(fallback, location, came)
        final = self.enter(
            replace(came, uri=normal(uri) or uri, args=args, internal=True, valid_unparsed=False, valid_location=True)
        )
        # Files that answer in the end are told by the location that the path itself belongs to.
        return final if final.kind is not RouteKind.FILES else replace(self._base(location), kind=RouteKind.FILES)

    def _to_named(self, name: str, location: Location, came: Request) -> Route:
        named = [one for one in self.level if one.modifier is Modifier.NAMED and one.name == name]
        return self.at(named[0], replace(came, internal=True)) if named else self.answer(location, _LOOP)

    def _content(self, location: Location | None, came: Request, taken: Node | None) -> Route:
        blocks = [taken, location.node] if taken is not None and location else [location.node] if location else []
        scope = self._scope(location, taken)
        for block in blocks:
            target = block.last("proxy_pass") if block else None
            if target is not None:
                return self._proxied(target, location, came, scope)
        inner = blocks[-1] if blocks else self.server.node
        if inner is not None and any(child.name in _ELSEWHERE for child in inner.children):
            return replace(self._base(location), kind=RouteKind.OTHER)
        return replace(self._base(location), kind=RouteKind.FILES)

    def _proxied(self, target: Node, location: Location | None, came: Request, scope: headers.Scope) -> Route:
        sent = proxy.passed(target, location, self.server.http, came, self.variables)
        found = headers.inherited(scope)
        judged = headers.upgrade(found, came, self.variables)
        version = headers.effective(scope, "proxy_http_version")
        timeout = headers.effective(scope, "proxy_read_timeout")
        idle = seconds(" ".join(timeout.args)) if timeout else None
        host = headers.named(found.nodes, "Host")
        self.uncertain += [*sent.uncertain, *judged.uncertain]
        return replace(
            self._base(location),
            kind=RouteKind.PROXY,
            upstream=sent.upstream,
            backend_path=sent.backend_path,
            http_version=version.args[0] if version else self.version,
            headers=headers.header_sets(found.nodes),
            headers_cancelled=headers.header_sets(found.cancelled),
            upgrade_value=judged.upgrade,
            connection_value=judged.connection,
            forwards_upgrade=judged.forwards,
            why_not=judged.why_not,
            host_value=host[-1].args[1] if host else "$proxy_host",
            host_sent=_known(self.variables.expand(host[-1].args[1], came)) if host else None,
            idle_seconds=_DEFAULT_TIMEOUT if idle is None else idle,
        )

    def _base(self, location: Location | None) -> Route:
        certificate = headers.effective((self.server.http, self.server.node), "ssl_certificate")
        certificate = certificate if self.choice.tls else None
        return Route(
            kind=RouteKind.NONE,
            server=self.server.position,
            server_names=self.server.names,
            named=self.choice.named,
            match=location.match if location else "",
            position=location.position if location else self.server.position,
            certificate=certificate.args[0] if certificate else None,
            certificate_position=certificate.position if certificate else None,
            uncertain=tuple(dict.fromkeys(self.uncertain)),
        )

    def _rewrite(self, node: Node, came: Request) -> Outcome:
        outcome = rewrite.run(node.children, came, self.variables)
        self.uncertain += outcome.uncertain
        self.uncertain += [
            f"{child.name} at {child.position} was not evaluated"
            for child in node.children
            if child.name.startswith(_TREE_OF_LUA)
        ]
        return outcome

    def _scope(self, location: Location | None, taken: Node | None) -> headers.Scope:
        inner = (*(location.scope if location else ()), *((taken,) if taken is not None else ()))
        return (self.server.http, self.server.node, *inner)

    def _setting(self, name: str) -> tuple[str, ...]:
        found = headers.effective((self.server.http, self.server.node), name)
        return found.args if found else ()
