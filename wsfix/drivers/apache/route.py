"""From a URL to its route: the virtual host, its rewriting, the passes, redirections, and the sections around it all.

The order is that of ap_process_request_internal (server/request.c): sections; then mod_rewrite, mod_proxy, mod_alias and the
files, the first that takes the path ends it (translate_name); then `<Proxy>` and the sections again, access, and the rewriting
and redirections that stand in sections (fixups). Files are taken not to exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wsfix.drivers.apache import access, redirects, rewrite
from wsfix.drivers.apache.around import around, folders
from wsfix.drivers.apache.expression import Answers
from wsfix.drivers.apache.forwarding import Platform
from wsfix.drivers.apache.passes import Pass, passes, section_pass
from wsfix.drivers.apache.proxied import Answer, Errand, proxied
from wsfix.drivers.apache.request import BAD_REQUEST, Request, decoded, normal, split_target
from wsfix.drivers.apache.rewrite import End, Outcome
from wsfix.drivers.apache.rules import Ruleset, rules_of, server_rules
from wsfix.drivers.apache.sections import Section, effective, sections
from wsfix.drivers.apache.server import Choice, Server, canonical_host, choose
from wsfix.drivers.apache.tree import Node
from wsfix.drivers.text import decode, encode
from wsfix.model.route import Asks, Gate, Position, Route, RouteKind

_MOST_REDIRECTS = 10
"""LimitInternalRecursion."""
_FORBIDDEN, _LOOP = 403, 500
_BROKEN_CONDITIONS = "2.4.64"
"""The release that takes every `RewriteCond expr` for true (CVE-2025-54090)."""
_NO_PROXY = ("setenv", "setenvif", "setenvifnocase", "browsermatch")


@dataclass(frozen=True, slots=True)
class Question:
    """One URL, and the Connection header that the browser sends."""

    host: str
    port: int
    tls: bool
    path: str
    address: str | None = None
    connection: str = "Upgrade"


def route(servers: Sequence[Server], here: Platform, asked: Question) -> Route:
    """The way of one URL through a configuration whose servers these are, the main server first."""
    choice = choose(servers, asked.host, asked.port, asked.address, tls=asked.tls)
    if choice is None:
        where = servers[0].position
        why = f"nothing listens on port {asked.port}"
        return Route(RouteKind.NONE, where, (), named=False, match="", position=where, why_not=why)
    return _Walk(choice, here).go(asked)


class _Walk:
    """One request on its way through one server; it gathers what it could not evaluate."""

    def __init__(self, choice: Choice, here: Platform) -> None:
        self.choice = choice
        self.server = choice.server
        self.here = here
        self.uncertain = list(choice.uncertain)
        self.guard: Position | None = None
        self.gates: list[Gate] = []
        self.redirected = 0

    def go(self, asked: Question) -> Route:
        """Read the request, and map its path."""
        bare, args = split_target(asked.path)
        path = normal(bare, merge_slashes=not self._is("mergeslashes", "off"))
        slashes = self.server.last("allowencodedslashes")
        kept = slashes.args[0].lower() if slashes else "off"
        if self.server.tls != asked.tls:
            why = "does not speak TLS" if asked.tls else "speaks TLS only"
            self.uncertain.append(f"port {asked.port} {why}")
        if path is None or (self.server.tls and not asked.tls):
            return self._answer(Answer(status=BAD_REQUEST))
        uri = decoded(path, kept)
        if self._tells_no_proxy():
            self.uncertain.append("a variable no-proxy may keep requests from being proxied")
        plain = path if isinstance(uri, int) else uri
        came = Request(
            canonical_host(asked.host),
            asked.port,
            asked.tls,
            bare,
            path,
            plain,
            args,
            connection=asked.connection,
            slashes_kept=kept == "nodecode",
            asked_args=args,
        )
        early = self._pass(came, encoded=True)
        if early is not None:
            return self._proxied(came, early.sent_to(path), Errand(entry=early, raw=True))
        return self._answer(Answer(status=uri)) if isinstance(uri, int) else self.map(came)

    def map(self, came: Request) -> Route:
        """Ask mod_rewrite, mod_proxy and mod_alias, in this order (translate_name)."""
        rules = server_rules(self.server) if self._engine_is_on(self._inside(came)) else Ruleset()
        outcome = self._rewrite(rules, came.uri, came)
        rule = outcome.rule
        if outcome.end is End.PROXY and rule is not None:
            return self._proxied(replace(came, args=outcome.args), outcome.path, Errand(rule=rule, raw=outcome.raw))
        if outcome.end in {End.REDIRECT, End.STATUS}:
            return self._rewritten_away(outcome)
        if outcome.end is End.LOCAL:
            return self._files(replace(came, args=outcome.args), outcome.path, rule.node if rule else None)
        if outcome.end is End.THROUGH:
            came = replace(came, uri=outcome.path, args=outcome.args)
        entry = self._pass(came, encoded=False)
        if entry is not None:
            return self._proxied(came, entry.sent_to(came.uri), Errand(entry=entry, asked=came.uri))
        moved = redirects.of_sections(self._levels(self._inside(came)), came) or redirects.of_server(self.server, came)
        if moved is not None:
            return self._moved(moved)
        return self._files(came, came.uri, redirects.alias(self.server, came))

    def _pass(self, came: Request, *, encoded: bool) -> Pass | None:
        """The entry that takes a path: that of the last Location that has one, else the first of the list."""
        uri = came.normal if encoded else came.uri
        located = [entry for section in self._inside(came, uri) if (entry := section_pass(section))]
        for entry in (*located[-1:], *passes(self.server)):
            if entry.encoded != encoded:
                continue
            takes = entry.takes(uri)
            if takes is None:
                self.uncertain.append(
                    f"the regular expression of {entry.match} at {entry.position} could not be evaluated"
                )
            if takes:
                return None if entry.excludes else entry
        return None

    def _proxied(self, came: Request, url: bytes, errand: Errand) -> Route:
        """Go on with a request that is proxied: access, then what sections do to it, then the upstream."""
        proxies = [one for one in sections(self.server, "proxy") if one.takes_target(url)]
        inside = self._inside(came)
        if inside:
            # The merging of a <Location> takes AllowEncodedSlashes back (merge_core_dir_configs).
            came = replace(came, slashes_kept=False)
        verdict = access.decide([*proxies, *inside])
        if verdict.denied and verdict.section is not None:
            why = f"{verdict.section.match} lets nobody in"
            return replace(self._at(verdict.section), kind=RouteKind.RETURN, status=_FORBIDDEN, why_not=why)
        if verdict.denied is None and verdict.section is not None:
            self.guard = verdict.section.position
            self.uncertain.append(f"{verdict.section.match} at {verdict.section.position} does not let in everybody")
        self.gates += access.besides([*proxies, *inside])
        changed = self._fixed_up(came, b"proxy:" + url, [*proxies, *inside])
        if isinstance(changed, Route):
            return changed
        if changed is not None and changed.rule is not None:
            came, url = replace(came, args=changed.args), changed.path
            errand = Errand(rule=changed.rule, raw=changed.raw)
        levels = (*self.server.levels, *self._levels([*proxies, *inside]))
        told = proxied(self.server, came, url, errand, self.here, levels)
        return self._answer(told)

    def _files(self, came: Request, path: bytes, node: Node | None) -> Route:
        """Go on with a request that ends in files, unless sections send it elsewhere."""
        root = self.server.last("documentroot")
        folder = encode(root.args[0].rstrip("/")) if root else b""
        inside = [*folders(self.server, folder + path), *self._inside(came)]
        changed = self._fixed_up(came, folder + path, inside)
        if isinstance(changed, Route):
            return changed
        if changed is not None and changed.rule is not None:
            return self._proxied(
                replace(came, args=changed.args), changed.path, Errand(rule=changed.rule, raw=changed.raw)
            )
        levels = (*self.server.levels, *self._levels(inside))
        handler = effective(levels, "sethandler")
        if handler is not None and handler.args[:1] not in {(), ("None",), ("none",)}:
            return replace(self._base(handler.title, handler.position), kind=RouteKind.OTHER)
        fallback = effective(levels, "fallbackresource")
        if fallback is not None and fallback.args[:1] not in {(), ("disabled",)}:
            node = fallback
        base = self._base(node.title, node.position) if node is not None else self._base("", self.server.position)
        return replace(base, kind=RouteKind.FILES)

    def _fixed_up(self, came: Request, path: bytes, inside: list[Section]) -> Route | Outcome | None:
        """What rewriting and redirections in sections make of a request; an Outcome is one that is proxied now."""
        outcome = self._rewrite(self._section_rules(inside), path, came)
        if outcome.end is End.PROXY:
            return outcome
        if outcome.end in {End.REDIRECT, End.STATUS}:
            return self._rewritten_away(outcome)
        if outcome.end in {End.LOCAL, End.THROUGH} and outcome.path != path:
            return self._again(came, outcome)
        moved = redirects.of_sections(self._levels(inside), came)
        return None if moved is None else self._moved(moved)

    def _again(self, came: Request, outcome: Outcome) -> Route:
        """An internal redirect: the new path is asked for as if a client did."""
        self.redirected += 1
        if self.redirected > _MOST_REDIRECTS:
            return self._answer(Answer(status=_LOOP))
        root = self.server.last("documentroot")
        path = outcome.path.removeprefix(encode(root.args[0].rstrip("/")) if root else b"")
        final = self.map(replace(came, uri=normal(path) or path, args=outcome.args, internal=True))
        if final.kind is RouteKind.FILES and outcome.rule is not None:
            return replace(final, match=outcome.rule.match, position=outcome.rule.position)
        return final

    def _section_rules(self, inside: Sequence[Section]) -> Ruleset:
        """The rules of the last section that says anything about rewriting; the engine's state is inherited."""
        said = [one for one in inside if any(node.name.startswith("rewrite") for node in one.node.children)]
        if not said:
            return Ruleset()
        if not self._engine_is_on(inside):
            return Ruleset()
        last = said[-1]
        directory = last.pattern if last.node.name not in {"directory", "if"} else last.pattern.rstrip("/") + "/"
        return Ruleset(rules_of(last.node.children), directory)

    def _engine_is_on(self, inside: Sequence[Section]) -> bool:
        """Whether RewriteEngine is on; that of a section counts for the rules of the server, too (hook_uri2file)."""
        engine = effective([*self.server.levels, *self._levels(inside)], "rewriteengine")
        return engine is not None and engine.args[:1] != () and engine.args[0].lower() == "on"

    def _rewrite(self, ruleset: Ruleset, path: bytes, came: Request) -> Outcome:
        root = self.server.last("documentroot")
        outcome = rewrite.run(ruleset, path, came, Answers(came, root.args[0] if root else ""))
        self.uncertain += outcome.uncertain
        self.gates += [Gate(one.position, one.match, Asks.CLIENT, one.status) for one in outcome.doubted]
        if self.here.version == _BROKEN_CONDITIONS and any(rule.conditions for rule in ruleset.rules):
            self.uncertain.append("Apache 2.4.64 takes conditions of rewriting for true that are not (CVE-2025-54090)")
        return outcome

    def _inside(self, came: Request, uri: bytes | None = None) -> list[Section]:
        found = around(self.server, came, came.uri if uri is None else uri)
        self.uncertain += found.uncertain
        self.gates += [one for one in found.gates if one not in self.gates]
        return list(found.sections)

    @staticmethod
    def _levels(inside: Sequence[Section]) -> tuple[tuple[Node, ...], ...]:
        return tuple(one.node.children for one in inside)

    def _rewritten_away(self, outcome: Outcome) -> Route:
        rule = outcome.rule
        base = self._base(rule.match, rule.position) if rule else self._base("", self.server.position)
        target = None
        if outcome.end is End.REDIRECT:
            path = outcome.path if outcome.raw else redirects.escaped(outcome.path)
            target = decode(path + (b"?" + outcome.args if outcome.args else b""))
        return replace(base, kind=RouteKind.RETURN, status=outcome.status, redirect=target)

    def _moved(self, moved: redirects.Moved) -> Route:
        base = self._base(moved.node.title, moved.node.position)
        return replace(base, kind=RouteKind.RETURN, status=moved.status, redirect=moved.target)

    def _at(self, section: Section) -> Route:
        return self._base(section.match, section.position)

    def _answer(self, told: Answer) -> Route:
        """The route that an answer makes: a proxied one, or one that ends with a status."""
        self.uncertain += told.uncertain
        base = self._base(told.match, told.position or self.server.position)
        if told.status is not None:
            return replace(base, kind=RouteKind.RETURN, status=told.status)
        return replace(base, kind=told.kind, **told.fields)

    def _base(self, match: str, position: Position) -> Route:
        certificate = self.server.last("sslcertificatefile") if self.server.tls else None
        return Route(
            kind=RouteKind.NONE,
            server=self.server.position,
            server_names=self.server.names,
            named=self.choice.named,
            match=match,
            position=position,
            http_version="1.1",
            certificate=certificate.args[0] if certificate else None,
            certificate_position=certificate.position if certificate else None,
            guarded_by=self.guard,
            gates=tuple(self.gates),
            uncertain=tuple(dict.fromkeys(self.uncertain)),
        )

    def _is(self, name: str, value: str) -> bool:
        held = self.server.last(name)
        return held is not None and held.args[0].lower() == value

    def _tells_no_proxy(self) -> bool:
        nodes = (node for level in self.server.levels for node in level if node.name in _NO_PROXY)
        return any("no-proxy" in arg for node in nodes for arg in node.args)
