"""Which request headers the upstream is sent, and whether a WebSocket's upgrade is among them.

ngx_http_proxy_module: proxy_set_header is inherited "if and only if there are no proxy_set_header directives defined on the
current level"; a header whose value is empty is not sent; Host and Connection have defaults (`$proxy_host`, `close`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wsfix.drivers.nginx.request import Request
from wsfix.drivers.nginx.tree import Node
from wsfix.drivers.nginx.values import split_variables
from wsfix.drivers.nginx.variables import Variables
from wsfix.drivers.text import decode
from wsfix.model.route import HeaderSet

Scope = Sequence[Node]
"""The blocks around a directive, from http{} to the innermost."""

_SET = "proxy_set_header"
_NAMES = {"http": "http{}", "server": "server{}"}


@dataclass(frozen=True, slots=True)
class Inherited:
    """The headers in force, where they are set, and those of outer levels that this cancels."""

    nodes: tuple[Node, ...] = ()
    level: Node | None = None
    cancelled: tuple[Node, ...] = ()
    cancelled_level: Node | None = None


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Whether the upstream sees `Upgrade: websocket` and a Connection that names it (RFC 9110 section 7.8)."""

    forwards: bool
    why_not: str = ""
    upgrade: str | None = None
    connection: str | None = None
    uncertain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sent:
    """What became of one header."""

    tokens: tuple[str, ...] = ()
    fault: str = ""
    unknown: bool = False


def inherited(scope: Scope) -> Inherited:
    """The headers of the innermost level that sets any, and those of the next one outside it."""
    levels = [(node, [child for child in node.all(_SET) if len(child.args) == 2]) for node in reversed(scope)]  # noqa: PLR2004
    setting = [(node, found) for node, found in levels if found]
    if not setting:
        return Inherited()
    level, nodes = setting[0]
    outer, cancelled = setting[1] if len(setting) > 1 else (None, [])
    return Inherited(tuple(nodes), level, tuple(cancelled), outer)


def effective(scope: Scope, name: str) -> Node | None:
    """The directive of a name that is in force: that of the innermost level that has it."""
    return next((found for node in reversed(scope) if (found := node.last(name)) and found.args), None)


def named(nodes: Sequence[Node], header: str) -> list[Node]:
    """Those that set a header."""
    return [node for node in nodes if node.args[0].lower() == header.lower()]


def header_sets(nodes: Sequence[Node]) -> tuple[HeaderSet, ...]:
    """Directives as the values of a route."""
    return tuple(HeaderSet(node.args[0], node.args[1], node.position) for node in nodes)


def upgrade(found: Inherited, request: Request, variables: Variables) -> Upgrade:
    """Judge the headers for a WebSocket's handshake."""
    up = _sent("Upgrade", found, request, variables)
    con = _sent("Connection", found, request, variables)
    why = up.fault if "websocket" not in up.tokens else ""
    if not why and ("upgrade" not in con.tokens or "close" in con.tokens):
        why = con.fault
    doubts = tuple(sent.fault for sent in (up, con) if sent.unknown)
    return Upgrade(not why, why, _last(found, "Upgrade"), _last(found, "Connection"), doubts)


def _sent(header: str, found: Inherited, request: Request, variables: Variables) -> _Sent:
    nodes = named(found.nodes, header)
    if not nodes:
        return _Sent(fault=_absence(header, found))
    values = [variables.expand(node.args[1], request) for node in nodes]
    known = b",".join(value for value in values if value)
    tokens = tuple(token.strip().lower() for token in decode(known).split(","))
    unknown = [node for node, value in zip(nodes, values, strict=True) if value is None]
    if unknown:
        return _Sent(tokens, _origin(header, unknown[0], variables), unknown=True)
    return _Sent(tokens, _value(header, nodes, decode(known)))


def _absence(header: str, found: Inherited) -> str:
    lost = named(found.cancelled, header)
    if not lost or found.cancelled_level is None or found.level is None:
        return f"{header} is not set"
    outer = _NAMES.get(found.cancelled_level.name, "an outer location")
    inner = _NAMES.get(found.level.name, "the location")
    return (
        f"{header} is set in {outer} at {lost[0].position}, but {inner} sets its own proxy_set_header "
        "and so inherits none of them"
    )


def _origin(header: str, node: Node, variables: Variables) -> str:
    names = [name for _, name in split_variables(node.args[1]) if name]
    name = names[0] if names else node.args[1]
    if name in variables.maps:
        return f"{header} comes from ${name}, whose map reads something that is not known here"
    if name in variables.undefined:
        return f"{header} comes from ${name}, which no map defines"
    return f"{header} comes from ${name}, whose value is not known here"


def _value(header: str, nodes: Sequence[Node], value: str) -> str:
    written = nodes[-1].args[1]
    shown = f'{header} is "{value}"'
    return shown if written == value else f"{shown} (from {written} at {nodes[-1].position})"


def _last(found: Inherited, header: str) -> str | None:
    nodes = named(found.nodes, header)
    return nodes[-1].args[1] if nodes else None
