"""The wording of changes: each verb takes a configuration and returns it with the fewest bytes changed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsfix.drivers.nginxconf import matching, splice, values
from wsfix.drivers.nginxconf.syntax import Directive, Document
from wsfix.drivers.nginxconf.tree import Node
from wsfix.errors import CannotEdit
from wsfix.model.route import Position, Route

if TYPE_CHECKING:
    from wsfix.drivers.nginxconf.config import Config

OWN_FILE = "wsfix-websocket.conf"
CONNECTION = "wsfix_connection"
MAP_COMMENT = "# `upgrade` for a WebSocket and for nothing else, so that no other protocol can be smuggled through"


@dataclass(frozen=True, slots=True)
class NewLocation:
    """What a new location for a socket is to do."""

    prefix: str
    host: str
    port: int
    uri: str | None
    exact: bool
    idle_seconds: int
    like: Route | None = None


def forward_upgrade(config: Config, route: Route) -> Config:
    """Set HTTP/1.1, Upgrade and Connection where they are missing or wrong; a map is reused or made."""
    if route.forwards_upgrade:
        return config
    wanted = []
    if not _good(config, route, "Upgrade", "websocket"):
        wanted.append(("Upgrade", "$http_upgrade"))
    if not _good(config, route, "Connection", "upgrade"):
        config, connection = _connection(config)
        wanted.append(("Connection", connection))
    if route.http_version != "1.1":
        config = set_directive(config, route.position, "proxy_http_version", "1.1")
    return set_headers(config, route, tuple(wanted))


def _good(config: Config, route: Route, name: str, token: str) -> bool:
    known = {"http_upgrade": "websocket", "http_connection": "Upgrade"}
    sent = [
        config.router.variables.value(header.value, known)
        for header in route.headers
        if header.name.lower() == name.lower()
    ]
    return any(token in {part.strip().lower() for part in value.split(",")} for value in sent if value)


def _connection(config: Config) -> tuple[Config, str]:
    """Return a variable that is `upgrade` for a WebSocket and empty or `close` otherwise, defining it where there is none.

    Backends upgrade only where Connection says so (RFC 9110 section 7.8); with Connection left out for every other
    protocol, `Upgrade: h2c` on its own comes to nothing.
    """
    variables = config.router.variables
    for held in sorted(variables.maps, key=lambda each: (each != CONNECTION, each)):
        answers = [variables.value(f"${held}", {"http_upgrade": asked}) for asked in ("websocket", "", "h2c")]
        if (answers[0] or "").lower() == "upgrade" and all(answer in {"", "close"} for answer in answers[1:]):
            return config, f"${held}"
    return define_map(config, CONNECTION), f"${CONNECTION}"


def define_map(config: Config, variable: str) -> Config:
    """Define a variable for Connection in a file of wsfix's own, or where that is not included, in http{}."""
    if variable in config.router.variables.maps:
        return config
    lines = [MAP_COMMENT, f"map $http_upgrade ${variable} {{", '    default "";', "    ~*^websocket$ upgrade;", "}"]
    path = _own_file(config)
    if path is None:
        document = config.document(config.http.path)
        http = _directive(document, config.http.directive)
        return config.with_document(splice.insert_inside(document, http, lines, first=True))
    text = ("\n".join(lines) + "\n").encode()
    if path not in config.files:
        return config.with_file(path, b"# managed by wsfix\n\n" + text)
    return config.with_document(splice.append(config.document(path), b"\n" + text))


def _own_file(config: Config) -> str | None:
    """Return the path of wsfix's own file, where http{} includes its folder; None where it does not."""
    folder = posixpath.dirname(config.main)
    path = f"{folder}/conf.d/{OWN_FILE}"
    probe = config.with_file(path, b"# probe\n")
    return path if path in probe.loaded else None


def add_location(config: Config, server: Position, wish: NewLocation) -> Config:
    """Add the location before `location /`, or at the end of the server."""
    block = config.node(server)
    if any(each.match == wish.prefix and (each.modifier == "=") == wish.exact for each in matching.locations(block)):
        raise CannotEdit(f"{server}: a location {wish.prefix} is there already")
    config, connection = _connection(config)
    block = config.node(server)
    document = config.document(block.path)
    lines = _location_lines(block, document, wish, connection)
    root = next(
        (each.node for each in matching.locations(block) if each.match == "/" and each.modifier in {"", "^~"}), None
    )
    if root is not None and root.path == block.path:
        return config.with_document(splice.insert_before(document, root.directive, [*lines, ""]))
    return config.with_document(splice.insert_inside(document, block.directive, ["", *lines]))


def _location_lines(block: Node, document: Document, wish: NewLocation, connection: str) -> list[str]:
    step = _step(block, document)
    stolen = any(
        each.is_regex and matching.regex(each.match, ignore_case=each.modifier == "~*", text=wish.prefix)
        for each in matching.locations(block)
    )
    modifier = "= " if wish.exact else "^~ " if stolen else ""
    host = f"[{wish.host}]" if ":" in wish.host else wish.host
    body = [
        f"proxy_pass http://{host}:{wish.port}{wish.uri or ''};",
        "proxy_http_version 1.1;",
        "proxy_set_header Upgrade $http_upgrade;",
        f"proxy_set_header Connection {connection};",
        "proxy_set_header Host $http_host;",
        "proxy_set_header X-Real-IP $remote_addr;",
        "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        "proxy_set_header X-Forwarded-Proto $scheme;",
        *_carried(wish.like),
        f"proxy_read_timeout {wish.idle_seconds}s;",
    ]
    return [f"location {modifier}{wish.prefix} {{", *(f"{step}{line}" for line in body), "}"]


_OWN = frozenset({"upgrade", "connection", "host", "x-real-ip", "x-forwarded-for", "x-forwarded-proto"})


def _carried(like: Route | None) -> list[str]:
    """Return the further headers that the location which answered so far sets."""
    if like is None:
        return []
    return [f"proxy_set_header {h.name} {splice.quoted(h.value)};" for h in like.headers if h.name.lower() not in _OWN]


def _step(block: Node, document: Document) -> str:
    outer = splice.indentation(document, block.directive)
    inner = splice.inner_indentation(document, block.directive)
    if outer is None or not inner.startswith(outer) or inner == outer:
        return "    "
    return inner[len(outer) :].decode()


def add_location_without_slash(config: Config, route: Route, path: str, idle_seconds: int) -> Config:
    """Add `location = /ws` with the directives of `location /ws/`."""
    neighbour = config.node(route.position)
    server = config.node(route.server)
    if any(each.modifier == "=" and each.match == path for each in matching.locations(server)):
        return config
    again = config.router.through(
        server, matching.Location(neighbour, "", f"{path}/"), "", 443, tls=True, path=f"{path}/x"
    )
    if again.upstream is None or again.upstream.position is None:
        raise CannotEdit(f"{route.position}: the target of this location depends on variables")
    target = neighbour.last("proxy_pass")
    if target is None:
        raise CannotEdit(f"{route.position}: this location does not proxy by itself")
    uri = again.upstream.uri
    base = re.sub(r"^(https?://[^/]*).*", r"\1", target.args[0])
    config, connection = _connection(config)
    neighbour = config.node(route.position)
    document = config.document(neighbour.path)
    own = [
        f"proxy_set_header {h.name} {splice.quoted(h.value)};"
        for h in again.headers
        if h.name.lower() not in {"upgrade", "connection"}
    ]
    body = [
        f"proxy_pass {base}{uri.rstrip('/') or '/' if uri else ''};",
        "proxy_http_version 1.1;",
        "proxy_set_header Upgrade $http_upgrade;",
        f"proxy_set_header Connection {connection};",
        *own,
        f"proxy_read_timeout {idle_seconds}s;",
    ]
    step = _step(server, document)
    lines = [f"location = {path} {{", *(f"{step}{line}" for line in body), "}", ""]
    return config.with_document(splice.insert_before(document, neighbour.directive, lines))


def set_directive(config: Config, place: Position, name: str, *args: str) -> Config:
    """Set a directive in a block: replace its words where it stands there, else add it."""
    node = config.node(place)
    document = config.document(node.path)
    held = node.last(name)
    if held is not None and held.path == node.path:
        return config.with_document(splice.set_words(document, held.directive, *args))
    line = " ".join([name, *(splice.quoted(arg) for arg in args)]) + ";"
    anchor = _last_plain(node) if name != "proxy_http_version" else _target(node)
    if anchor is not None:
        return config.with_document(splice.insert_after(document, anchor, [line]))
    return config.with_document(splice.insert_inside(document, node.directive, [line]))


def _target(node: Node) -> Directive | None:
    """Return the `proxy_pass` of a block, behind which people put the version."""
    found = node.last("proxy_pass")
    return found.directive if found is not None and found.path == node.path else None


def _last_plain(node: Node) -> Directive | None:
    """Return the last directive of a block that is no block itself and stands in the same file."""
    return next(
        (c.directive for c in reversed(node.children) if c.path == node.path and not c.directive.is_block), None
    )


def set_headers(config: Config, route: Route, wanted: Iterable[tuple[str, str]]) -> Config:
    """Set headers in the route's location; what it inherited until now is repeated there, since its own cancel it."""
    node = config.node(route.position)
    own = list(node.all("proxy_set_header"))
    wishes = dict(wanted)
    if not wishes:
        return config
    lower = {name.lower() for name in wishes}
    lost: list[tuple[str, str]] = []
    if not own:
        lost = [(h.name, h.value) for h in route.headers if h.name.lower() not in lower]
    else:
        lost = [
            (h.name, h.value) for h in route.headers_cancelled if h.name.lower() in {"upgrade", "connection"} - lower
        ]
    for name, value in [*wishes.items(), *lost]:
        config = _set_header(config, route.position, name, value)
    return config


def _set_header(config: Config, place: Position, name: str, value: str) -> Config:
    node = config.node(place)
    document = config.document(node.path)
    held = [each for each in node.all("proxy_set_header") if each.args and each.args[0].lower() == name.lower()]
    if held and held[-1].path == node.path:
        return config.with_document(splice.set_words(document, held[-1].directive, held[-1].args[0], value))
    line = f"proxy_set_header {name} {splice.quoted(value)};"
    anchor = next((c for c in reversed(node.children) if c.path == node.path and c.name in _ANCHORS), None)
    if anchor is not None:
        return config.with_document(splice.insert_after(document, anchor.directive, [line]))
    return set_directive_line(config, node, line)


_ANCHORS = frozenset({"proxy_set_header", "proxy_http_version", "proxy_pass"})


def set_directive_line(config: Config, node: Node, line: str) -> Config:
    """Add a line to a block."""
    document = config.document(node.path)
    return config.with_document(splice.insert_inside(document, node.directive, [line]))


def prefer_prefix(config: Config, place: Position) -> Config:
    """Put ^~ before a prefix location."""
    node = config.node(place)
    if node.args[0] in {"^~", "="} or len(node.args) > 1:
        return config
    document = config.document(node.path)
    return config.with_document(splice.set_words(document, node.directive, "^~", node.args[0]))


def _line_at(config: Config, position: Position, names: frozenset[str]) -> Node:
    for top in config.tree.nodes:
        for node in top.walk():
            if node.path == position.path and node.directive.line == position.line and node.name in names:
                return node
    raise CannotEdit(f"{position}: the directive to change is not here")


def retarget(config: Config, route: Route, host: str, port: int) -> Config:
    """Change host and port in the `proxy_pass`, or in the upstream's `server` line."""
    if route.upstream is None or route.upstream.position is None:
        raise CannotEdit(f"{route.position}: the target depends on variables")
    node = _line_at(config, route.upstream.position, frozenset({"proxy_pass", "server"}))
    document = config.document(node.path)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if node.name == "server":
        return config.with_document(splice.set_words(document, node.directive, address, *node.args[1:]))
    target = re.sub(r"^(https?://)[^/]*", lambda m: m[1] + address, node.args[0])
    return config.with_document(splice.set_words(document, node.directive, target))


def set_upstream_uri(config: Config, route: Route, uri: str | None) -> Config:
    """Set the URI part of the location's `proxy_pass`, or take it away."""
    node = config.node(route.position).last("proxy_pass")
    if node is None:
        raise CannotEdit(f"{route.position}: this location has no proxy_pass")
    document = config.document(node.path)
    target = re.sub(r"^(https?://[^/]*).*$", lambda m: m[1] + (uri or ""), node.args[0])
    return config.with_document(splice.set_words(document, node.directive, target))


def align_slash(config: Config, route: Route) -> Config:
    """Let a prefix location end with the slash that the URI of its `proxy_pass` ends with."""
    node = config.node(route.position)
    if node.args[-1].endswith("/"):
        return config
    document = config.document(node.path)
    return config.with_document(splice.set_words(document, node.directive, *node.args[:-1], f"{node.args[-1]}/"))


def add_server_name(config: Config, server: Position, name: str) -> Config:
    """Add a name to the `server_name` of a server."""
    node = config.node(server)
    if name in matching.names(node):
        return config
    held = node.last("server_name")
    if held is None:
        return set_directive(config, server, "server_name", name)
    document = config.document(held.path)
    return config.with_document(splice.set_words(document, held.directive, *held.args, name))


def set_certificate(config: Config, server: Position, certificate: str, key: str | None) -> Config:
    """Aim a server at another certificate file, and its key where that changes too."""
    levels = (config.http, config.node(server))
    held = values.inherited(levels, "ssl_certificate")
    if held is None:
        raise CannotEdit(f"{server}: no ssl_certificate is in force here")
    config = config.with_document(splice.set_words(config.document(held.path), held.directive, certificate))
    if key is None:
        return config
    held = values.inherited((config.http, config.node(server)), "ssl_certificate_key")
    if held is None:
        raise CannotEdit(f"{server}: no ssl_certificate_key is in force here")
    return config.with_document(splice.set_words(config.document(held.path), held.directive, key))


def _directive(document: Document, like: Directive) -> Directive:
    return next(each for each in document.walk() if each.start == like.start)
