"""Which modules the directives in use need, and which of them are not loaded (the modules' own command tables).

A directive of a module that is not loaded keeps Apache from starting (`Invalid command`), unless it stands in an `<IfModule>`: then
it is passed over in silence. A target without a module that speaks its scheme is answered with 500 (AH01144).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wsfix.drivers.apache.forwarding import Platform
from wsfix.drivers.apache.rules import Rule
from wsfix.drivers.apache.target import taken_apart
from wsfix.drivers.apache.tree import Node, Tree
from wsfix.model.route import Position

_PREFIXES = {"rewrite": "rewrite", "ssl": "ssl", "proxyhtml": "proxy_html", "proxy": "proxy", "balancer": "proxy"}
_NAMES = {
    "header": "headers", "requestheader": "headers", "proxyfcgisetenvif": "proxy_fcgi", "proxyfcgibackendtype": "proxy_fcgi",
    "proxywebsocketfallbacktoproxyhttp": "proxy_wstunnel", "proxywebsocketasync": "proxy_wstunnel",
    "proxyexpressenable": "proxy_express", "proxyexpressdbmfile": "proxy_express", "proxyhcexpr": "proxy_hcheck",
    "proxyhctemplate": "proxy_hcheck", "proxyhctpsize": "proxy_hcheck", "proxyftpdircharset": "proxy_ftp",
    "proxyscgisendfile": "proxy_scgi", "proxyscgiinternalredirect": "proxy_scgi",
}  # fmt: skip
_SCHEMES = {
    "fcgi": "proxy_fcgi",
    "ajp": "proxy_ajp",
    "h2": "proxy_http2",
    "h2c": "proxy_http2",
    "balancer": "proxy_balancer",
}


@dataclass(frozen=True, slots=True)
class Need:
    """A module that is not loaded, and the directive that needs it."""

    module: str
    """As a2enmod takes it, such as `proxy_http`."""
    position: Position
    directive: str
    skipped: bool = False
    """Whether the directive stands in an `<IfModule>` and so is passed over in silence."""


def missing(tree: Tree, here: Platform) -> tuple[Need, ...]:
    """Every need, in the order of the configuration; those in `<IfModule>`s that do not hold come last."""
    found = [
        Need(module, node.position, node.title)
        for node in tree.walk()
        for module in _wanted(node, here)
        if module not in here.modules
    ]
    found += [
        Need(skipped.module, skipped.node.position, skipped.node.title, skipped=True)
        for skipped in tree.skipped
        if skipped.module in set(_wanted(skipped.node, here)) and skipped.module not in here.modules
    ]
    return tuple(dict.fromkeys(found))


def _wanted(node: Node, here: Platform) -> Iterator[str]:
    own = _NAMES.get(node.name) or next((to for head, to in _PREFIXES.items() if node.name.startswith(head)), None)
    if own is not None:
        yield own
    for target in _targets(node):
        where = taken_apart(target)
        if where is not None:
            yield "proxy"
            yield from _for_scheme(where.scheme, here)


def _targets(node: Node) -> Iterator[str]:
    if node.name in {"proxypass", "proxypassmatch", "balancermember"}:
        yield from (arg for arg in node.args if "://" in arg and "=" not in arg.partition("://")[0])
    if node.name == "rewriterule" and "p" in Rule(node).flags:
        yield Rule(node).substitution


def _for_scheme(scheme: str, here: Platform) -> Iterator[str]:
    if scheme in {"http", "https"} or (
        scheme in {"ws", "wss"} and here.tunnels and "proxy_wstunnel" not in here.modules
    ):
        yield "proxy_http"
    elif scheme in {"ws", "wss"} and not here.tunnels:
        yield "proxy_wstunnel"
    elif scheme in _SCHEMES:
        yield _SCHEMES[scheme]
