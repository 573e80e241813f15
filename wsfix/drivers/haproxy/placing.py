"""A new rule for a WebSocket, where no other takes its path: a use_backend before all others, and its backend."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsfix.drivers.config import by_port
from wsfix.drivers.haproxy import edits, questions, splice
from wsfix.drivers.haproxy.acl import conditioned
from wsfix.drivers.haproxy.listening import ANY, Server
from wsfix.drivers.haproxy.tree import Node, Section
from wsfix.drivers.haproxy.upstreams import idle_seconds, usable
from wsfix.drivers.text import decode
from wsfix.errors import CannotEdit
from wsfix.model.route import Position, Route

if TYPE_CHECKING:
    from wsfix.drivers.haproxy.config import Config

_LATE = frozenset({"use_backend", "default_backend", "server", "use-server"})
_REFUSING = frozenset({"deny", "tarpit", "auth", "reject", "silent-drop", "return", "redirect"})


@dataclass(frozen=True, slots=True)
class NewRule:
    """What a new rule is to do."""

    prefix: str
    host: str
    port: int
    uri: str | None
    exact: bool
    idle_seconds: int
    like: Route | None = None
    name: str | None = None

    @property
    def address(self) -> str:
        """The target as a server line has it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def asks(self) -> str:
        """The condition about the path."""
        return f"{{ path{'' if self.exact else '_beg'} {self.prefix} }}"


def add_websocket_location(config: Config, position: Position, wish: NewRule) -> Config:
    """Put the rule before the first that switches, and a backend at the end of the file unless one fits."""
    server = config.server(position)
    by_port(wish.host, position)
    there = _there(server, wish)
    if there is not None:
        return _foremost(_already(config, there, wish), position, there, wish)
    _as_guarded(config, wish)
    fitting = _fitting(config, server, wish)
    name = fitting.name if fitting else _free_name(config, wish)
    line = f"use_backend {name} if {wish.asks}{_for_name(config, server, wish)}"
    changed = config if fitting else _with_backend(config, server, name, wish)
    section = changed.server(position).section
    late = next((node for node in section.nodes if node.name in _LATE), None)
    if late is not None:
        changed = edits.before(changed, late, [line])
    else:
        changed = edits.after(changed, section, section.nodes[-1] if section.nodes else section.head, [line])
    _reached(changed, position, wish)
    return changed


def _as_guarded(config: Config, wish: NewRule) -> None:
    """Raise CannotEdit where the backend so far refuses some: another one would let them in."""
    at = wish.like.upstream.position if wish.like and wish.like.upstream else None
    for section in config.tree.proxies("backend"):
        if any(node.position == at for node in section.nodes):
            for node in section.all("http-request"):
                if node.args and node.args[0] in _REFUSING:
                    raise CannotEdit(
                        f"{node.position}: `{node.title}` decides here who may come in, which a new backend would not"
                    )


def _reached(config: Config, position: Position, wish: NewRule) -> None:
    """Ask for a path that the new rule is meant to take; raises CannotEdit where something answers before any rule."""
    server = config.server(position)
    name = wish.name or next((one for one in server.names if not one.startswith("*")), "wsfix.invalid")
    path = wish.prefix if wish.exact or not wish.prefix.endswith("/") else f"{wish.prefix}wsfix"
    routes = [
        config.route(name, low, bind.tls, path, address=None if host in ANY else host.strip("[]"))
        for bind in sorted(server.binds, key=lambda one: one.tls)
        for host, low, _ in bind.addresses
    ]
    own = [route for route in routes if route.server == position]
    if own and not any(route.upstream and route.upstream.address == wish.address for route in own):
        raise CannotEdit(f"`{own[-1].match}` at {own[-1].position} answers before any use_backend is asked")


def _there(server: Server, wish: NewRule) -> Node | None:
    """A rule that takes exactly this prefix already, for the same name."""
    method = {"", "str"} if wish.exact else {"beg"}
    for node in server.section.all("use_backend"):
        if any(wish.prefix in acl.patterns and acl.method in method for acl in questions.about_path(server, node)):
            hosts = questions.hosts_of(server, node)
            if wish.name is None or not hosts or wish.name.lower() in hosts:
                return node
    return None


def _already(config: Config, node: Node, wish: NewRule) -> Config:
    target = config.tree.backend(conditioned(node.args)[0][0])
    found = usable(target) if target else []
    if found and found[0].upstream(0).address == wish.address:
        return config
    raise CannotEdit(f"{node.position}: `{node.title}` takes {wish.prefix} already")


def _foremost(config: Config, position: Position, node: Node, wish: NewRule) -> Config:
    """Let a rule that is there take its paths: before the others where one of them does."""
    try:
        _reached(config, position, wish)
    except CannotEdit:
        first = config.server(position).section.all("use_backend")[0]
        if first is node:
            raise
        config = edits.move_before(config, node, first)
        _reached(config, position, wish)
    return config


def _for_name(config: Config, server: Server, wish: NewRule) -> str:
    """The condition about the host, where the frontend serves more than one site."""
    names = server.names
    if not names:
        return ""
    if wish.name is not None:
        own: frozenset[str] = frozenset({wish.name})
    elif wish.like is not None and questions.hosts_of(server, questions.rule(config, wish.like)):
        own = questions.hosts_of(server, questions.rule(config, wish.like))
    elif len(names) == 1:
        own = frozenset(names)
    else:
        own = frozenset(
            name
            for node, target in questions.switches(config, server)
            if questions.goes_to(target, wish.port)
            for name in questions.hosts_of(server, node)
        )
    plain = sorted(name for name in own if not name.startswith("*"))
    if not plain:
        raise CannotEdit(
            f"{server.section.position}: {' and '.join(names)} are served here; for which is {wish.prefix}?"
        )
    return f" {{ hdr(host) -i {' '.join(plain)} }}"


def _fitting(config: Config, server: Server, wish: NewRule) -> Section | None:
    """A backend that does all of it already, and nothing else to a request."""
    if wish.uri is not None:
        return None
    for section in config.tree.proxies("backend"):
        found = usable(section)
        if len(found) != 1 or found[0].upstream(0).address != wish.address or found[0].tls or section.mode != "http":
            continue
        silent = idle_seconds(server.section, section) >= wish.idle_seconds
        if silent and not found[0].only_h2 and not section.all("http-request") and not section.all("redirect"):
            return section
    return None


def _with_backend(config: Config, server: Server, name: str, wish: NewRule) -> Config:
    head = server.section.head
    document = config.document(head)
    own = [node.directive for node in server.section.nodes if node.path == head.path]
    indent = decode(splice.body_indent(document, head.directive, own))
    seconds = wish.idle_seconds
    lines = ["mode http"] if _mode_at_end(config, head.path) != "http" else []
    lines += [f"timeout tunnel {seconds // 3600}h" if seconds % 3600 == 0 else f"timeout tunnel {seconds}s"]
    if wish.uri is not None and wish.uri != wish.prefix:
        lines += [f"http-request {_replaced(wish)}"]
    lines += [
        f"http-request set-header {one.name} {_word(one.value)}" for one in (wish.like.headers if wish.like else ())
    ]
    lines += [f"server {name} {wish.address}"]
    return config.with_document(splice.append(document, [f"backend {name}", *(indent + line for line in lines)]))


def _word(value: str) -> str:
    return value if not re.search(r"[\s\"'#\\]", value) else '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


def _replaced(wish: NewRule) -> str:
    escaped = re.sub(r"([.^$*+?()\[\]{}|\\])", r"\\\1", wish.prefix)
    return f"replace-path ^{escaped} {wish.uri}" if wish.exact else f"replace-path ^{escaped}(.*) {wish.uri}\\1"


def _mode_at_end(config: Config, path: str) -> str:
    """The mode that a section at the end of a file inherits: that of the last defaults before it."""
    mode = "tcp"
    order = list(config.tree.documents)
    for section in config.tree.sections:
        if section.kind == "defaults" and order.index(section.head.path) <= order.index(path):
            mode = section.mode
    return mode


def _free_name(config: Config, wish: NewRule) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "_", wish.prefix).strip("_")
    base = f"websocket_{words}" if words else "websocket"
    taken = {section.name for section in config.tree.sections}
    return next(name for name in [base, *(f"{base}_{n}" for n in range(2, 99))] if name not in taken)
