"""Redirect and Alias of mod_alias, which are asked after mod_rewrite and ProxyPass (translate_alias_redir, mod_alias.c)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wsfix.drivers.apache.passes import filled_in, matched
from wsfix.drivers.apache.request import Request
from wsfix.drivers.apache.server import Server
from wsfix.drivers.apache.tree import Node
from wsfix.drivers.pcre import regex
from wsfix.drivers.text import decode, encode
from wsfix.model.route import Position

_REDIRECTS = {"redirect": 302, "redirectmatch": 302, "redirectpermanent": 301, "redirecttemp": 302}
_ALIASES = ("alias", "aliasmatch", "scriptalias", "scriptaliasmatch")
_WORDS = {"permanent": 301, "temp": 302, "seeother": 303, "gone": 410}
_TO_ESCAPE = re.compile(rb"[^A-Za-z0-9$\-_.+!*'(),:;@&=/~]")


@dataclass(frozen=True, slots=True)
class Moved:
    """A redirection: its status, and where it leads, if it does."""

    node: Node
    status: int
    target: str | None


def of_server(server: Server, request: Request) -> Moved | None:
    """The redirection of a server for a path; a virtual host's own are asked before the main server's."""
    nodes = (node for level in reversed(server.levels) for node in level if node.name in _REDIRECTS)
    return _first(nodes, request)


def of_sections(levels: Sequence[Sequence[Node]], request: Request) -> Moved | None:
    """The redirection of the sections that a request is in: the last that has one without a path, else one with a path."""
    found: Moved | None = None
    for level in levels:
        for node in level:
            status, path, target = _parts(node) if node.name in _REDIRECTS else (0, "", "")
            if status and path is None:
                found = Moved(node, status, _with_query(encode(target), request) if target else None)
    return found or _first((node for level in levels for node in level if node.name in _REDIRECTS), request)


def in_block(block: Node) -> list[tuple[int, Position]]:
    """Status and place of each redirection in a block."""
    return [(_parts(node)[0], node.position) for node in block.children if node.name in _REDIRECTS]


def alias(server: Server, request: Request) -> Node | None:
    """The Alias that takes a path."""
    for level in reversed(server.levels):
        for node in level:
            if node.name in _ALIASES and len(node.args) > 1 and _takes(node, node.args[0], request.uri):
                return node
    return None


def _first(nodes: Iterable[Node], request: Request) -> Moved | None:
    for node in nodes:
        status, path, target = _parts(node)
        if path is not None and _takes(node, path, request.uri):
            return Moved(node, status, _target(node, path, target, request) if target else None)
    return None


def _parts(node: Node) -> tuple[int, str | None, str]:
    """Status, path (None where the section gives it) and target."""
    words, status = list(node.args), _REDIRECTS[node.name]
    said = bool(words) and (words[0].lower() in _WORDS or words[0].isdigit())
    if said:
        first = words.pop(0).lower()
        status = _WORDS.get(first) or int(first)
    if len(words) > 1:
        return status, words[0], words[1]
    if words and not 300 <= status < 400:  # noqa: PLR2004 - 3xx
        return status, words[0], ""
    return status, None, words[0] if words else ""


def _takes(node: Node, path: str, uri: bytes) -> bool:
    if node.name.endswith("match"):
        pattern = regex(path)
        return pattern is not None and pattern.search(uri) is not None
    return matched(uri, encode(path)) > 0


def _target(node: Node, path: str, target: str, request: Request) -> str:
    if not node.name.endswith("match"):
        return _with_query(encode(target) + escaped(request.uri[matched(request.uri, encode(path)) :]), request)
    pattern = regex(path)
    found = pattern.search(request.uri) if pattern else None
    return _with_query(escaped(filled_in(encode(target), found)) if found else encode(target), request)


def _with_query(target: bytes, request: Request) -> str:
    if request.args and b"?" not in target:
        target += b"?" + request.args
    if target.startswith(b"/"):
        scheme = b"https://" if request.tls else b"http://"
        target = scheme + encode(request.authority) + target
    return decode(target)


def escaped(path: bytes) -> bytes:
    """A path as it is written into Location."""
    return _TO_ESCAPE.sub(lambda m: b"%%%02x" % m[0][0], path)
