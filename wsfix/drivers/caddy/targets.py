"""Where a route goes: its upstream, the path that the upstream is asked for, and the paths that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsfix.drivers.caddy import splice, upstream
from wsfix.drivers.caddy.address import Site
from wsfix.drivers.caddy.syntax import Document
from wsfix.drivers.caddy.tree import Node
from wsfix.drivers.config import by_port
from wsfix.drivers.span import Directive, Word
from wsfix.errors import CannotEdit
from wsfix.model.route import Position, Route

if TYPE_CHECKING:
    from wsfix.drivers.caddy.config import Config

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104
_SLASHED = ("/{uri}", "/{path}")


def reaches(site: Site, port: int) -> bool:
    """Whether a site proxies to a port of this host."""
    for node in site.node.walk():
        if node.name != "reverse_proxy":
            continue
        for text, position, _ in upstream.upstreams(node, unmatched(node)):
            where = upstream.address(text, position, by_tls=False)
            if where is not None and where.port == port and where.host in _LOCAL:
                return True
    return False


def retarget(config: Config, route: Route, host: str, port: int) -> Config:
    """Write another host and port into the route's one upstream; a scheme that is written out stays."""
    proxy = config.reverse_proxy(route)
    by_port(host, proxy.position)
    held = upstream.upstreams(proxy, unmatched(proxy))
    if len(held) != 1:
        raise CannotEdit(f"{proxy.position}: reverse_proxy has {len(held) or 'no'} upstreams; which one is wrong?")
    text, _, node = held[0]
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    wanted = f"{text.partition('://')[0]}://{shown}" if "://" in text else shown
    return config if text == wanted else _with_word(config, node, text, wanted)


def speak_plainly(config: Config, route: Route) -> Config:
    """Take `https://` off the upstream, or the lines of TLS out of its transport."""
    proxy = config.reverse_proxy(route)
    for text, _, node in upstream.upstreams(proxy, unmatched(proxy)):
        if text.startswith("https://"):
            config = _with_word(config, _again(config, node), text, f"http://{text.removeprefix('https://')}")
    proxy = config.reverse_proxy(route)
    transport = upstream.transport(proxy)
    if transport is None or not upstream.speaks_tls(proxy):
        return config
    secured = [child for child in transport.children if child.name == "tls" or child.name.startswith("tls_")]
    document = config.document(transport)
    gone = [transport] if len(secured) == len(transport.children) else secured
    for node in sorted(gone, key=lambda one: one.directive.start, reverse=True):
        document = splice.delete(document, _in(document, node))
    return config.with_document(document)


def match_below(config: Config, position: Position, pattern: str) -> Config:
    """Write a `*` behind a path that is matched at a place, so that it takes what lies below it too."""
    return match_value(config, position, pattern, f"{pattern}*")


def match_value(config: Config, position: Position, old: str, new: str) -> Config:
    """Write another value for one that is matched at a place."""
    for node in config.tree.walk():
        if node.position == position and old in node.words[1:]:
            config.document(node)
            return _with_word(config, node, old, new)
    raise CannotEdit(f"{position}: {old} is not matched here")


def set_upstream_uri(config: Config, route: Route, uri: str | None) -> Config:
    """Turn the block into `handle` or `handle_path`, with or without a `rewrite`."""
    node = config.at(route)
    pattern = node.args[0] if node.args else ""
    if node.name not in {"handle", "handle_path", "reverse_proxy"} or not pattern.startswith("/"):
        raise CannotEdit(f"{node.position}: `{node.text}` has no path of its own whose prefix could be replaced")
    name = "handle" if uri is None else "handle_path"
    target = f"{uri.rstrip('/')}{{uri}}" if uri and uri.rstrip("/") else None
    if node.name == "reverse_proxy":
        return config if uri is None else _wrapped(config, node, name, target)
    changing = [child for child in node.children if child.name in {"rewrite", "uri"}]
    if len(changing) > 1 or config.reverse_proxy(route).last("rewrite"):
        raise CannotEdit(f"{node.position}: `{node.text}` changes the path more than once")
    document = config.document(node)
    if changing and (target is None or changing[0].name == "uri"):
        document = splice.delete(document, _in(document, changing[0]))
    elif changing:
        document = splice.replace_arguments(document, _in(document, changing[0]), ("*", target or ""))
    block = _in(document, node)
    if target and (not changing or changing[0].name == "uri"):
        document = splice.insert_first(document, block, [f"rewrite * {splice.quoted(target)}"])
        block = _in(document, node)
    if node.name != name:
        document = splice.replace_word(document, block, block.words[0], name)
    return config.with_document(document)


def align_slash(config: Config, route: Route) -> Config:
    """Mend `uri replace /ws/ /v1`, `uri replace /ws /v1/` and `rewrite * /v1/{uri}`."""
    node = config.at(route)
    for child in node.children:
        if child.name == "uri" and child.args[:1] == ("replace",) and len(child.args) > 2:  # noqa: PLR2004
            old, new = child.args[1:3]
            if old.endswith("/") == new.endswith("/"):
                continue
            wanted = f"{new}/" if old.endswith("/") else new.rstrip("/")
            args = ("replace", old, wanted, *child.args[3:])
            return config.with_document(splice.replace_arguments(config.document(child), child.directive, args))
        if child.name == "rewrite" and child.args[-1].endswith(_SLASHED) and child.args[-1] not in _SLASHED:
            head, _, tail = child.args[-1].rpartition("/")
            return _with_word(config, child, child.args[-1], f"{head.rstrip('/')}{tail}")
    return config


def _wrapped(config: Config, node: Node, name: str, target: str | None) -> Config:
    """A reverse_proxy with a path of its own becomes one within a block of that path."""
    document = config.document(node)
    head, *rest = splice.lines_of(document, node.directive, 1)
    written = document.raw(node.directive.words[1]).decode("utf-8", "surrogateescape")
    lines = [
        f"{name} {written} {{",
        *([f"\trewrite * {splice.quoted(target)}"] if target else []),
        head.replace(f" {written}", "", 1),
        *rest,
        "}",
    ]
    return config.with_document(splice.rewrite(document, node.directive, lines))


def unmatched(node: Node) -> tuple[str, ...]:
    """The arguments of a directive behind its matcher."""
    args = node.args
    return args[1:] if args and (args[0] == "*" or args[0].startswith(("/", "@"))) else args


def _with_word(config: Config, node: Node, old: str, new: str) -> Config:
    word = word_of(node, old)
    return config.with_document(splice.replace_word(config.document(node), node.directive, word, new))


def word_of(node: Node, value: str) -> Word:
    """The word of a directive as it is written; raises CannotEdit where it comes from elsewhere."""
    for word in reversed(node.directive.words):
        if word.value == value:
            return word
    raise CannotEdit(f"{node.position}: {value} comes from a variable or from the argument of an import")


def _in(document: Document, node: Node) -> Directive:
    """A directive of the file as it is now; an edit further down leaves its place, one further up is not made."""
    for directive in document.walk():
        if directive.line == node.directive.line and directive.name in {node.name, "handle", "handle_path"}:
            return directive
    raise CannotEdit(f"{node.position}: {node.name} is not here any more")


def _again(config: Config, node: Node) -> Node:
    return next(one for one in config.tree.walk() if one.position == node.position and one.name == node.name)
