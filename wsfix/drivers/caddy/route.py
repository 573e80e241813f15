"""From a URL to its route: the site, its directives in Caddy's order, the block that takes the path, and what is done there.

Files are taken not to exist until the last of try_files is reached, and to exist then.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wsfix.drivers.caddy import gates, rewriting, upstream
from wsfix.drivers.caddy.address import Address, Ports, Site, by_specificity
from wsfix.drivers.caddy.matching import Matcher, matcher
from wsfix.drivers.caddy.order import EXCLUSIVE, NOT_ASKED, Step, ordered
from wsfix.drivers.caddy.request import Request, request
from wsfix.drivers.caddy.tree import Node
from wsfix.model.route import Gate, Position, Route, RouteKind

HOST_KEPT = "{http.request.hostport}"
"""What the upstream is sent as Host where nothing sets it: what the client sent."""
_BAD_REQUEST, _MOVED, _OK = 400, 308, 200
_QUIET = frozenset(
    {"tracing", "map", "vars", "fs", "root", "header", "request_body", "encode", "push", "templates", "skip_log",
     "log_skip", "log_append", "log_name", "intercept", "method", "copy_response_headers"}
)  # fmt: skip
"""Directives that pass a request on as it is."""
_ELSEWHERE = frozenset({"php_fastcgi", "metrics", "acme_server", "invoke", "copy_response"})


@dataclass(frozen=True, slots=True)
class Question:
    """One URL."""

    host: str
    port: int
    tls: bool
    path: str
    address: str | None = None


def route(found: Sequence[Site], known: Ports, order: tuple[str, ...], asked: Question, nowhere: Position) -> Route:
    """The way of one URL through the sites of a configuration."""
    host = asked.host.lower().rstrip(".").strip("[]")
    came = request(host, asked.port, asked.path, tls=asked.tls)
    here = [site for site in by_specificity(list(found)) if site.on(asked.port, asked.address)]
    redirects = asked.port == known.http and known.redirects and not asked.tls
    if not here and not (redirects and any(one.tls for site in found for one in site.addresses)):
        return _nowhere(nowhere, f"no site listens on port {asked.port}")
    secured = any(one.tls for site in here for one in site.on(asked.port))
    for site in here:
        taken = [one for one in site.on(asked.port) if one.takes(host)]
        if taken and site.names:
            return _taken(site, taken, order, came, secured=secured)
    if redirects:
        for site in by_specificity(list(found)):
            if any(one.tls and one.host and one.takes(host) for one in site.addresses):
                return _to_https(site, host, came)
    for site in here:
        taken = site.on(asked.port)
        if not site.names and (one_speaks(taken) or not asked.tls):
            return _taken(site, taken, order, came, secured=secured)
    if asked.tls:
        return _nowhere(nowhere, f"no site is written for {host} on port {asked.port}")
    why = f"no site is written for {host} on port {asked.port}"
    base = Route(RouteKind.RETURN, nowhere, (), named=False, match="", position=nowhere, why_not=why)
    return replace(base, status=_OK)


def one_speaks(taken: Sequence[Address]) -> bool:
    """Whether one of some addresses is served by TLS."""
    return any(one.tls for one in taken)


def _nowhere(nowhere: Position, why: str) -> Route:
    return Route(RouteKind.NONE, nowhere, (), named=False, match="", position=nowhere, why_not=why)


def _taken(site: Site, taken: Sequence[Address], order: tuple[str, ...], came: Request, *, secured: bool) -> Route:
    walk = _Walk(site, order, came, named=any(one.host for one in taken))
    if secured and not came.tls:
        walk.uncertain.append(f"port {came.port} speaks TLS only")
        return walk.answer(_BAD_REQUEST)
    if came.tls and not secured:
        walk.uncertain.append(f"port {came.port} does not speak TLS")
    paths = [one.path for one in taken]
    if all(paths) and not any(Matcher(path).holds(came) for path in paths):
        return walk.answer(_OK)
    return walk.go()


def _to_https(site: Site, host: str, came: Request) -> Route:
    walk = _Walk(site, (), came, named=True)
    port = next(one.port for one in site.addresses if one.tls and one.takes(host))
    shown = host if port == 443 else f"{host}:{port}"  # noqa: PLR2004
    return walk.answer(_MOVED, f"https://{shown}{came.uri}")


class _Walk:
    """One request on its way through one site; it gathers what it could not evaluate."""

    def __init__(self, site: Site, order: tuple[str, ...], came: Request, *, named: bool) -> None:
        self.site = site
        self.order = order
        self.came = came
        self.named = named
        self.uncertain: list[str] = []
        self.changes: list[upstream.Change] = []
        self.around: list[Step] = []
        self.gates: list[Gate] = []

    def go(self) -> Route:
        """Ask the site's directives; where none takes the request Caddy answers 200 with nothing."""
        return self.level(self.site.node.children, {}, sort=True) or self.answer(_OK)

    def level(self, nodes: Sequence[Node], named: dict[str, Node], *, sort: bool) -> Route | None:
        """Ask the directives of one block."""
        named = {**named, **{node.name: node for node in nodes if node.name.startswith("@")}}
        steps = [
            Step(node, *self._matcher(node, named))
            for node in nodes
            if not node.name.startswith("@") and node.name not in NOT_ASKED
        ]
        steps = [
            step if step.node.name != "try_files" else Step(step.node, Matcher(), step.node.args) for step in steps
        ]
        done: set[str] = set()
        for step in ordered(steps, self.order) if sort else steps:
            if step.kind in done or not self._holds(step):
                continue
            done |= {step.kind} & EXCLUSIVE
            found = self._at(step, named)
            if found is not None:
                return found
        return None

    def _matcher(self, node: Node, named: dict[str, Node]) -> tuple[Matcher, tuple[str, ...]]:
        if node.name in {"redir", "rewrite"} and len(node.args) == 1:
            return Matcher(), node.args
        return matcher(node.args, named)

    def _holds(self, step: Step) -> bool:
        verdict = step.matcher.holds(self.came)
        if verdict is None:
            self._note(
                f"the matcher {step.matcher.token} of {step.node.name} at {step.node.position} was not evaluated"
            )
            self.gates += gates.unsure(step)
        return verdict is True

    def _at(self, step: Step, named: dict[str, Node]) -> Route | None:
        name, found = step.node.name, None
        if name in {"handle", "handle_path", "route"}:
            found = self._inside(step, named)
        elif name in {"rewrite", "uri", "try_files"}:
            found = self._rewritten(step)
        elif name == "request_header":
            self.changes += upstream.changes([step.node], {id(step.node): step.args})
        elif name == "reverse_proxy":
            found = self._proxied(step)
        elif name in gates.ENDING:
            found = self._answered(step)
        elif name == "file_server" or name in _ELSEWHERE:
            found = replace(self._base(step), kind=RouteKind.FILES if name == "file_server" else RouteKind.OTHER)
        elif name in {"basicauth", "basic_auth", "forward_auth"}:
            self._note(f"{name} at {step.node.position} may refuse the request")
            self.gates += gates.passed(step)
        elif name not in _QUIET:
            self._note(f"{name} at {step.node.position} was not evaluated")
        return found

    def _inside(self, step: Step, named: dict[str, Node]) -> Route | None:
        if step.node.name == "handle_path":
            self.came = rewriting.without_prefix(rewriting.stripped_prefix(step.matcher.token), self.came)
        self.around.append(step)
        found = self.level(step.node.children, named, sort=step.node.name != "route")
        self.around.pop()
        return found

    def _rewritten(self, step: Step) -> Route | None:
        if step.node.name == "try_files":
            return self._tried(step)
        done = (
            rewriting.rewritten(step.args[0], self.came)
            if step.node.name == "rewrite" and step.args
            else rewriting.manipulated(step.args, self.came)
        )
        if done is None:
            self._note(f"{step.node.text} at {step.node.position} was not evaluated")
        self.came = done or self.came
        return None

    def _tried(self, step: Step) -> Route | None:
        last = step.args[-1] if step.args else "{path}"
        if last.startswith("="):
            return replace(self._base(step), kind=RouteKind.FILES)
        if last not in {"{path}", "{http.request.uri.path}"}:
            self.came = rewriting.rewritten(last, self.came) or self.came
        return None

    def _answered(self, step: Step) -> Route:
        name, args = step.node.name, step.args
        status = gates.status(name, args)
        if name == "redir" and args:
            return self.answer(status, self.came.expand(args[0], escaped=True) or args[0], step)
        return self.answer(status, None, step)

    def _proxied(self, step: Step) -> Route:
        node = step.node
        transport = upstream.transport(node)
        if transport is not None and transport.args[:1] == ("fastcgi",):
            return replace(self._base(step), kind=RouteKind.OTHER)
        dialled = upstream.upstreams(node, step.args)
        where = upstream.address(*dialled[0][:2], by_tls=upstream.speaks_tls(node)) if dialled else None
        if where is None:
            self._note(f"the upstream of {node.text} at {node.position} is not known here")
        sent = list(upstream.changes(node.all("header_up")))
        made, gone = [*self.changes, *sent], upstream.lost(self.changes, sent)
        host = [one for one in made if one.concerns("host") and one.value]
        why = self._why_not(node, gone, where.scheme if where else "")
        return replace(
            self._base(step),
            kind=RouteKind.PROXY,
            upstream=where,
            backend_path=self._backend_path(node),
            http_version="2" if upstream.speaks_http2_alone(node) else "1.1",
            headers=upstream.header_sets(made),
            upgrade_value=None if any(one.concerns("upgrade") for one in gone) else "websocket",
            connection_value=None if any(one.concerns("connection") for one in gone) else "Upgrade",
            forwards_upgrade=not why,
            why_not=why,
            host_value=host[-1].value or HOST_KEPT if host else HOST_KEPT,
            idle_seconds=upstream.idle_seconds(node),
            uncertain=tuple(dict.fromkeys(self.uncertain)),
        )

    def _backend_path(self, node: Node) -> str | None:
        held = node.last("rewrite")
        came = rewriting.rewritten(held.args[0], self.came) if held and held.args else self.came
        return None if came is None or any("was not evaluated" in one for one in self.uncertain) else came.uri

    def _why_not(self, node: Node, gone: Sequence[upstream.Change], scheme: str) -> str:
        if gone:
            one = gone[0]
            did = "takes it away" if one.value is None else f"sets it to {one.value}"
            return f"{one.node.text} at {one.node.position} {did}"
        if scheme == "h2c" or upstream.speaks_http2_alone(node):
            return "the upstream is spoken to by HTTP/2, which has no upgrade"
        return ""

    def answer(self, status: int | None, redirect: str | None = None, step: Step | None = None) -> Route:
        """The route that ends with a status."""
        return replace(self._base(step), kind=RouteKind.RETURN, status=status, redirect=redirect)

    def _base(self, step: Step | None) -> Route:
        told = _telling(step, self.around)
        certificates = [node for node in self.site.node.all("tls") if len(node.args) > 1]
        certificate = certificates[-1] if certificates and one_speaks(self.site.addresses) else None
        return Route(
            kind=RouteKind.NONE,
            server=self.site.position,
            server_names=self.site.names,
            named=self.named,
            match=told.node.match if told else "",
            position=told.node.position if told else self.site.position,
            certificate=certificate.args[0] if certificate and self.came.tls else None,
            certificate_position=certificate.position if certificate and self.came.tls else None,
            idle_seconds=math.inf,
            gates=tuple(self.gates),
            uncertain=tuple(dict.fromkeys(self.uncertain)),
        )

    def _note(self, words: str) -> None:
        self.uncertain.append(words)


def _telling(step: Step | None, around: Sequence[Step]) -> Step | None:
    """The block that chose the path: the directive itself where it has a matcher, else the nearest around it that has."""
    if step is None:
        return around[-1] if around else None
    if not step.matcher.takes_all:
        return step
    return next((one for one in reversed(around) if not one.matcher.takes_all), around[-1] if around else step)
