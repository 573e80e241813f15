"""What variables hold during a WebSocket handshake: nginx's own, those of `set` and captures, and those of map blocks.

ngx_http_core_module (embedded variables), ngx_http_map_module: exact values first and without regard to case, then wildcards
under `hostnames`, then regular expressions in the order of the file, then `default`, which is empty if not given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wsfix.drivers.nginx.request import Request
from wsfix.drivers.nginx.tree import Node
from wsfix.drivers.nginx.values import split_variables
from wsfix.drivers.pcre import regex
from wsfix.drivers.text import encode

_MAP_WORDS = {"default", "hostnames", "volatile", "include"}
_DEEPEST = 20
"""Maps that lead to maps are followed so far."""


@dataclass(frozen=True, slots=True)
class Map:
    """A map{} block."""

    node: Node
    source: str
    variable: str

    def of(self, value: bytes) -> str:
        """The value, as written, that the map gives for one of its source."""
        pairs = [(entry.name, entry.args[0]) for entry in self.node.children if len(entry.args) == 1]
        exact = [(key.removeprefix("\\"), to) for key, to in pairs if key not in _MAP_WORDS and not key.startswith("~")]
        for key, to in exact:
            if encode(key).lower() == value.lower():
                return to
        if self.node.last("hostnames"):
            wild = [(key, to) for key, to in exact if _wildcard(key, value.decode("latin-1").lower())]
            if wild:
                return max(wild, key=lambda pair: (not pair[0].endswith(".*"), len(pair[0])))[1]
        for key, to in pairs:
            if key.startswith("~"):
                pattern = regex(key.removeprefix("~").removeprefix("*"), caseless=key.startswith("~*"))
                if pattern and pattern.search(value):
                    return to
        return next((to for key, to in pairs if key == "default"), "")


@dataclass(frozen=True, slots=True)
class Variables:
    """All variables that can be given a value here."""

    maps: Mapping[str, Map]
    server_name: str = ""
    undefined: frozenset[str] = frozenset()
    """The names that nothing defines."""

    def expand(self, text: str, request: Request, depth: int = 0) -> bytes | None:
        """A value with its variables filled in; None if one of them is not known."""
        result = b""
        for literal, name in split_variables(text):
            value = self.value(name, request, depth) if name else b""
            if value is None:
                return None
            result += encode(literal) + value
        return result

    def value(self, name: str, request: Request, depth: int = 0) -> bytes | None:
        """What one variable holds; None if that is not known."""
        if name in request.variables:
            return request.variables[name]
        if name in self.maps and depth < _DEEPEST:
            return self._mapped(self.maps[name], request, depth)
        if name == "server_name":
            return encode(self.server_name)
        return _embedded(name, request)

    def _mapped(self, block: Map, request: Request, depth: int) -> bytes | None:
        value = self.expand(block.source, request, depth + 1)
        return None if value is None else self.expand(block.of(value), request, depth + 1)


def maps(http: Node) -> dict[str, Map]:
    """The map blocks of http{} by the variable that they define."""
    return {
        node.args[1].removeprefix("$").lower(): Map(node, node.args[0], node.args[1].removeprefix("$").lower())
        for node in http.all("map")
        if len(node.args) == 2 and node.directive.is_block  # noqa: PLR2004 - source and variable
    }


def _wildcard(key: str, value: str) -> bool:
    key = key.lower()
    if key.startswith("."):
        return value == key[1:] or value.endswith(key)
    return (key.startswith("*.") and value.endswith(key[1:])) or (key.endswith(".*") and value.startswith(key[:-1]))


def _embedded(name: str, request: Request) -> bytes | None:
    default_port = 443 if request.tls else 80
    port = "" if request.port == default_port else f":{request.port}"
    known: dict[str, str | bytes] = {
        "host": request.host,
        "http_host": request.host + port,
        "scheme": "https" if request.tls else "http",
        "https": "on" if request.tls else "",
        "server_port": str(request.port),
        "request_uri": request.unparsed,
        "uri": request.uri,
        "document_uri": request.uri,
        "args": request.args,
        "query_string": request.args,
        "is_args": "?" if request.args else "",
        "request_method": "GET",
        "server_protocol": "HTTP/1.1",
        "http_upgrade": "websocket",
        "http_connection": "Upgrade",
        "content_length": "",
        "content_type": "",
    }
    if name.startswith("arg_"):
        return _argument(name.removeprefix("arg_"), request.args)
    found = known.get(name)
    return encode(found) if isinstance(found, str) else found


def _argument(name: str, args: bytes) -> bytes:
    for pair in args.split(b"&"):
        key, _, value = pair.partition(b"=")
        if key.lower() == encode(name).lower():
            return value
    return b""
