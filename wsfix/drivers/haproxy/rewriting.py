"""Changes to what is done to a request on its way: its upgrade, and the path that the backend is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from wsfix.drivers.haproxy import edits, headers, questions
from wsfix.drivers.haproxy.acl import conditioned
from wsfix.drivers.haproxy.tree import Node, Section
from wsfix.errors import CannotEdit
from wsfix.model.route import Route, RouteKind

if TYPE_CHECKING:
    from wsfix.drivers.haproxy.config import Config

WEBSOCKET = ("{", "hdr(Upgrade)", "-i", "websocket", "}")
SWITCHED = ("{", "status", "101", "}")
_OF_THE_HOP = frozenset({"upgrade", "connection"})
"""Headers that other requests and answers have, too."""
_MOVES = frozenset({"set-path", "set-pathq", "set-uri", "replace-path", "replace-pathq", "replace-uri"})
_WS_SINCE = (2, 5)


def forward_upgrade(config: Config, route: Route) -> Config:
    """Except a WebSocket from the rules that take its headers; speak HTTP/1.1 for it to a server of HTTP/2."""
    one = questions.member(config, route)
    if route.forwards_upgrade:
        return config
    changed = config
    if one.only_h2:
        fresh = questions.at(changed, one.node.position)
        changed = edits.set_arguments(changed, fresh, _in_http1(changed, fresh))
    for node in sorted(_takers(config, route), key=lambda one: (one.path, one.directive.line), reverse=True):
        changed = _left_alone(changed, questions.at(changed, node.position))
    if changed is config:
        raise CannotEdit(f"{route.position}: {route.why_not}")
    return changed


def _left_alone(config: Config, node: Node) -> Config:
    """Except a WebSocket from a rule; one about headers that only a WebSocket has is taken away."""
    words = conditioned(node.args)[0]
    if node.name in headers.RESPONSE:
        shared = any(name in _OF_THE_HOP for name in headers.about(words, headers.GIVEN))
        return edits.set_arguments(config, node, _excepting(node, SWITCHED)) if shared else edits.deleted(config, node)
    shared = any(name in _OF_THE_HOP for name in headers.about(words, headers.ASKED))
    return edits.set_arguments(config, node, _excepting(node, WEBSOCKET)) if shared else edits.deleted(config, node)


def _takers(config: Config, route: Route) -> Iterator[Node]:
    """The rule that the route names, and the others of its sections that take the same without any condition."""
    sections = [config.server(route.server).section, questions.backend(config, route)]
    lines = [
        node
        for section in dict.fromkeys(sections)
        for level in (section.defaults, section)
        if level is not None
        for node in level.nodes
        if node.name in headers.REQUEST | headers.RESPONSE
    ]
    for node in dict.fromkeys(lines):
        words, condition = conditioned(node.args)
        names = headers.GIVEN if node.name in headers.RESPONSE else headers.ASKED
        about = list(headers.about(words, names))
        named = f" at {node.position} " in f"{route.why_not} "
        if about and (named or (not condition and not _harmless(words, about, names))):
            yield node


def _harmless(words: tuple[str, ...], about: list[str], names: Mapping[str, str | None]) -> bool:
    if words[0] == "del-header":
        return set(about) <= headers.ANEW
    return all(headers.keeps(name, words[-1], names) for name in about)


def keep_host(config: Config, route: Route) -> Config:
    """Take away the last rule that sets Host for the route."""
    questions.member(config, route)
    held = route.header("Host")
    if held is None:
        return config
    if questions.shared(config, route):
        raise CannotEdit(f"{held.position}: the backend serves other names, too")
    return edits.deleted(config, questions.at(config, held.position))


def except_path(config: Config, node: Node, prefix: str) -> Config:
    """Let a rule leave the paths with a prefix alone."""
    words = ("{", "path_beg", prefix, "}")
    if " ".join(words) in node.title:
        return config
    return edits.set_arguments(config, node, _excepting(node, words))


def _excepting(node: Node, exception: tuple[str, ...]) -> tuple[str, ...]:
    words, condition = conditioned(node.args)
    if not condition:
        return (*words, "unless", *exception)
    if condition[0] == "unless":
        return (*words, *condition, "or", *exception)
    if {"or", "||"} & set(condition):
        raise CannotEdit(f"{node.position}: `{node.title}` has alternatives; put the exception into each")
    return (*words, *condition, "!{", *exception[1:])


def _in_http1(config: Config, node: Node) -> tuple[str, ...]:
    args = list(node.args)
    version = tuple(int(part) for part in re.findall(r"\d+", config.version or "")[:2])
    if not version or version >= _WS_SINCE:
        if "ws" in args[2:]:
            args[args.index("ws", 2) + 1] = "h1"
            return tuple(args)
        return (*args, "ws", "h1")
    if "proto" not in args[2:]:
        raise CannotEdit(f"{node.position}: HAProxy {config.version} does not know `ws h1` yet (2.5)")
    place = args.index("proto", 2)
    return (*args[:place], *args[place + 2 :])


def set_upstream_uri(config: Config, route: Route, uri: str | None) -> Config:
    """Write, change or take away the rule that replaces the prefix."""
    section = questions.backend(config, route)
    moves = _moves(config, route, section)
    if uri is None:
        return edits.deleted(config, moves[0]) if moves else config
    prefix = _prefix(config, route)
    wanted = ("replace-path", f"^{_escaped(prefix)}(.*)", f"{uri}\\1")
    if moves:
        return edits.set_arguments(config, moves[0], (*wanted, *conditioned(moves[0].args)[1]))
    if prefix == uri:
        return config
    first = next((node for node in section.nodes if node.name in {"server", "server-template", "use-server"}), None)
    if first is None:
        raise CannotEdit(f"{section.position}: {section.kind} {section.name} has no server of its own")
    return edits.before(config, first, [f"http-request {' '.join(wanted)}"])


def align_slash(config: Config, route: Route) -> Config:
    """End what takes the prefix's place with a slash exactly if the prefix does."""
    section = questions.backend(config, route)
    moves = _moves(config, route, section)
    if not moves or moves[0].args[0] not in {"replace-path", "replace-pathq", "replace-uri"}:
        return config
    words, condition = conditioned(moves[0].args)
    pattern = re.fullmatch(r"\^?((?:\\.|[^\\()\[\]{}.*+?|$^])*)\(\.\*\)\$?", words[1])
    target = re.fullmatch(r"(/[^\\%]*)\\1", words[2])
    if pattern is None or target is None:
        return config
    ends, wanted = target[1].endswith("/"), pattern[1].endswith("/")
    if ends == wanted:
        return config
    put = f"{target[1]}/" if wanted else target[1].rstrip("/")
    return edits.set_arguments(config, moves[0], (words[0], words[1], f"{put}\\1", *condition))


def _moves(config: Config, route: Route, section: Section) -> list[Node]:
    """The one rule of the backend that changes the path, if any; raises CannotEdit for several, or one elsewhere."""
    if route.kind is not RouteKind.PROXY:
        raise CannotEdit(f"{route.position}: it goes to no server")
    found = [node for node in section.all("http-request") if node.args[:1] and node.args[0] in _MOVES]
    if len(found) > 1:
        raise CannotEdit(f"{found[1].position}: {len(found)} rules change the path; which one is wrong?")
    front = config.server(route.server).section
    if not found and front is not section and route.backend_path is not None:
        early = [node for node in front.all("http-request") if node.args[:1] and node.args[0] in _MOVES]
        if early:
            raise CannotEdit(f"{early[0].position}: `{early[0].title}` changes the path for the whole frontend")
    return found


def _prefix(config: Config, route: Route) -> str:
    found = questions.prefixes(config, route)
    if len(found) != 1:
        raise CannotEdit(f"{route.position}: `{route.match}` takes several prefixes")
    return found[0]


def _escaped(prefix: str) -> str:
    return re.sub(r"([.^$*+?()\[\]{}|\\])", r"\\\1", prefix)
