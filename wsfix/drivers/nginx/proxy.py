"""Where proxy_pass sends a request, and which path the upstream is asked for (ngx_http_proxy_module, proxy_pass).

With a URI the matched prefix is replaced by it; without one the target is passed as it came, unless it was changed on the way;
with variables and a URI that URI is sent as it is; after `rewrite … break` the directive's URI is ignored
(ngx_http_proxy_create_request).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wsfix.drivers.nginx.location import Location
from wsfix.drivers.nginx.request import Request
from wsfix.drivers.nginx.tree import Node
from wsfix.drivers.nginx.values import split_authority
from wsfix.drivers.nginx.variables import Variables
from wsfix.drivers.text import decode, encode
from wsfix.model.route import Upstream

_TARGET = re.compile(r"(?P<scheme>https?)://(?P<authority>unix:[^:]*:?|[^/?]*)(?P<uri>.*)", re.IGNORECASE | re.DOTALL)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """The argument of a proxy_pass in its parts; `uri` is empty when there is none."""

    scheme: str
    authority: str
    uri: str

    def __str__(self) -> str:
        if not self.authority.startswith("unix:"):
            return f"{self.scheme}://{self.authority}{self.uri}"
        colon = ":" if self.uri else ""  # it parts the socket's path from that of the URI
        return f"{self.scheme}://{self.authority.rstrip(':')}{colon}{self.uri}"


@dataclass(frozen=True, slots=True)
class Passed:
    """A request as it leaves for its upstream."""

    upstream: Upstream | None
    backend_path: str | None
    uncertain: tuple[str, ...] = ()


def target(text: str) -> Target | None:
    """Take the argument of a proxy_pass apart; None for what is no URL."""
    found = _TARGET.fullmatch(text)
    return Target(found["scheme"].lower(), found["authority"], found["uri"]) if found else None


def upstream_block(http: Node, name: str) -> Node | None:
    """The upstream{} of a name."""
    blocks = [node for node in http.all("upstream") if node.directive.is_block]
    return next((node for node in blocks if [arg.lower() for arg in node.args] == [name.lower()]), None)


def active_servers(block: Node) -> list[Node]:
    """The servers of an upstream{} that take requests: not `down`, and the backups only if there is nothing else."""
    up = [node for node in block.all("server") if node.args and "down" not in node.args[1:]]
    return [node for node in up if "backup" not in node.args[1:]] or up


def passed(node: Node, location: Location | None, http: Node, request: Request, variables: Variables) -> Passed:
    """Follow one proxy_pass."""
    text = node.args[0] if node.args else ""
    expanded = variables.expand(text, request)
    where = target(decode(expanded)) if expanded is not None else None
    if where is None:
        return Passed(None, None, (f"the target {text} at {node.position} depends on what is not known here",))
    uri = f"/{where.uri}" if where.uri.startswith("?") else where.uri
    path = _path(uri, location, request, variable="$" in text)
    upstream, doubts = _upstream(node, where, uri, http)
    return Passed(upstream, decode(path), doubts)


def _path(uri: str, location: Location | None, request: Request, *, variable: bool) -> bytes:
    query = b"?" + request.args if request.args else b""
    if variable and uri:
        return encode(uri)
    if not uri and request.valid_unparsed:
        return request.unparsed.partition(b"#")[0]
    if not uri or not request.valid_location or location is None:
        return request.escaped_uri + query
    return encode(uri) + request.escaped_from(len(encode(location.name))) + query


def _upstream(node: Node, where: Target, uri: str, http: Node) -> tuple[Upstream | None, tuple[str, ...]]:
    block = upstream_block(http, where.authority)
    if block is None:
        return _address(where, where.authority, uri, node, _PORTS[where.scheme])
    servers = active_servers(block)
    if not servers:
        return None, (f"upstream {where.authority} at {block.position} has no server that is up",)
    return _address(where, servers[0].args[0], uri, servers[0], _PORTS["http"])


def _address(
    where: Target, authority: str, uri: str, node: Node, default_port: int
) -> tuple[Upstream | None, tuple[str, ...]]:
    if authority.startswith("unix:"):
        socket = authority.removeprefix("unix:").rstrip(":")
        return Upstream(where.scheme, "", 0, uri or None, node.position, socket), ()
    found = split_authority(authority, default_port)
    if found is None or not found[0]:
        return None, (f"the address {authority} at {node.position} could not be read",)
    return Upstream(where.scheme, found[0], found[1], uri or None, node.position), ()
