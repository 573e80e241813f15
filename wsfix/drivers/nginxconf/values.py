"""What directives come to for a WebSocket's request: maps, variables, times, inheritance."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wsfix.drivers.nginxconf.matching import regex
from wsfix.drivers.nginxconf.tree import Node
from wsfix.model.route import HeaderSet

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "M": 2592000.0, "y": 31536000.0}
_TIME = re.compile(r"(\d+)(ms|[smhdwMy])?")
_FAMILIES = (
    "http_",
    "arg_",
    "cookie_",
    "sent_http_",
    "upstream_http_",
    "upstream_cookie_",
    "upstream_trailer_",
    "sent_trailer_",
    "jwt_",
)
_DEFINE_FIRST = {
    "set": 0,
    "perl_set": 0,
    "js_set": 0,
    "js_var": 0,
    "auth_request_set": 0,
    "set_by_lua": 0,
    "set_by_lua_block": 0,
    "set_by_lua_file": 0,
}
_DEFINE_LAST = frozenset({"map", "geo", "split_clients"})


def seconds(text: str) -> float | None:
    """Return a time as nginx reads it (nginx.org, "Configuration file measurement units")."""
    parts = list(_TIME.finditer(text.replace(" ", "")))
    if not parts or "".join(part[0] for part in parts) != text.replace(" ", ""):
        return None
    return sum(int(part[1]) * _UNITS[part[2] or "s"] for part in parts)


def variables(text: str) -> list[str]:
    """Return the names of the variables in a text."""
    return [match[1] or match[2] for match in _VARIABLE.finditer(text)]


@dataclass(frozen=True, slots=True)
class Variables:
    """The maps of http{}, asked for a request that wants to become a WebSocket."""

    maps: Mapping[str, Node]

    @classmethod
    def of(cls, http: Node) -> Variables:
        """Collect the maps."""
        return cls({node.args[-1].lstrip("$"): node for node in http.all("map") if node.args})

    def value(self, text: str, known: Mapping[str, str], depth: int = 0) -> str | None:
        """Return a text with its variables replaced, or None where one is not known."""
        unknown = False

        def replaced(match: re.Match[str]) -> str:
            nonlocal unknown
            found = self._variable(match[1] or match[2], known, depth)
            unknown = unknown or found is None
            return found or ""

        result = _VARIABLE.sub(replaced, text)
        return None if unknown else result

    def _variable(self, name: str, known: Mapping[str, str], depth: int) -> str | None:
        if name in known:
            return known[name]
        node = self.maps.get(name)
        if node is None or depth > 8:  # noqa: PLR2004
            return None
        source = self.value(node.args[0], known, depth + 1)
        if source is None:
            return None
        chosen = _chosen(node, source)
        return None if chosen is None else self.value(chosen, known, depth + 1)


def _chosen(node: Node, source: str) -> str | None:
    """Return what a map gives: an exact word first, then regexes in their order, then the default (ngx_http_map_module)."""
    default = ""
    regexes = []
    for entry in node.children:
        key = entry.name
        value = entry.args[0] if entry.args else ""
        if key == "default":
            default = value
        elif key.startswith("~"):
            regexes.append((key, value))
        elif key.lstrip("\\").lower() == source.lower() and key not in {"hostnames", "volatile", "include"}:
            return value
    for key, value in regexes:
        ignore = key.startswith("~*")
        if regex(key[2:] if ignore else key[1:], ignore_case=ignore, text=source):
            return value
    return default


def undefined(root: tuple[Node, ...], http: Node) -> Iterator[tuple[str, Node]]:
    """Yield the variables of `proxy_set_header` that no directive defines and that are not of a built-in family."""
    everything = [node for top in root for node in top.walk()]
    defined = set(_defined(everything))
    seen: set[str] = set()
    for node in http.walk():
        if node.name != "proxy_set_header":
            continue
        for name in (name for arg in node.args for name in variables(arg)):
            if name not in defined and name not in seen and not name.startswith(_FAMILIES) and name not in BUILT_IN:
                seen.add(name)
                yield name, node


def _defined(nodes: list[Node]) -> Iterator[str]:
    for node in nodes:
        if node.name in _DEFINE_LAST and node.args:
            yield node.args[-1].lstrip("$")
        elif node.name in _DEFINE_FIRST and node.args:
            yield node.args[0].lstrip("$")
        for arg in node.args:
            yield from re.findall(r"\(\?P?<(\w+)>", arg)


BUILT_IN = frozenset(
    [
        "args",
        "binary_remote_addr",
        "body_bytes_sent",
        "bytes_received",
        "bytes_sent",
        "connection",
        "connection_requests",
        "connection_time",
        "content_length",
        "content_type",
        "document_root",
        "document_uri",
        "host",
        "hostname",
        "https",
        "invalid_referer",
        "is_args",
        "limit_rate",
        "msec",
        "nginx_version",
        "pid",
        "pipe",
        "proxy_add_x_forwarded_for",
        "proxy_host",
        "proxy_port",
        "proxy_protocol_addr",
        "proxy_protocol_port",
        "proxy_protocol_server_addr",
        "proxy_protocol_server_port",
        "query_string",
        "realip_remote_addr",
        "realip_remote_port",
        "realpath_root",
        "remote_addr",
        "remote_port",
        "remote_user",
        "request",
        "request_body",
        "request_body_file",
        "request_completion",
        "request_filename",
        "request_id",
        "request_length",
        "request_method",
        "request_time",
        "request_uri",
        "scheme",
        "server_addr",
        "server_name",
        "server_port",
        "server_protocol",
        "slice_range",
        "ssl_cipher",
        "ssl_ciphers",
        "ssl_client_cert",
        "ssl_client_escaped_cert",
        "ssl_client_fingerprint",
        "ssl_client_i_dn",
        "ssl_client_raw_cert",
        "ssl_client_s_dn",
        "ssl_client_serial",
        "ssl_client_v_end",
        "ssl_client_v_remain",
        "ssl_client_v_start",
        "ssl_client_verify",
        "ssl_curve",
        "ssl_curves",
        "ssl_early_data",
        "ssl_preread_server_name",
        "ssl_protocol",
        "ssl_server_name",
        "ssl_session_id",
        "ssl_session_reused",
        "status",
        "tcpinfo_rtt",
        "tcpinfo_rttvar",
        "tcpinfo_rcv_space",
        "tcpinfo_snd_cwnd",
        "time_iso8601",
        "time_local",
        "uid_got",
        "uid_set",
        "uri",
        "upstream_addr",
        "upstream_bytes_received",
        "upstream_bytes_sent",
        "upstream_cache_status",
        "upstream_connect_time",
        "upstream_header_time",
        "upstream_response_length",
        "upstream_response_time",
        "upstream_status",
        "gzip_ratio",
        "geoip_city",
        "geoip_country_code",
        "geoip_country_name",
        "http2",
        "http3",
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
    ]
)


def inherited(chain: tuple[Node, ...], name: str) -> Node | None:
    """Return the directive that is in force on the innermost level: the nearest one outwards."""
    return next((found for level in reversed(chain) if (found := level.last(name)) is not None), None)


def headers(chain: tuple[Node, ...]) -> tuple[tuple[HeaderSet, ...], tuple[HeaderSet, ...]]:
    """Return the headers in force, and those of outer levels that are cancelled (ngx_http_proxy_module, proxy_set_header)."""
    force: tuple[HeaderSet, ...] = ()
    cancelled: list[HeaderSet] = []
    for level in reversed(chain):
        own = tuple(
            HeaderSet(n.args[0], n.args[1], n.position) for n in level.all("proxy_set_header") if len(n.args) == 2
        )
        if not force:
            force = own
        else:
            cancelled += own
    names = {header.name.lower() for header in force}
    return force, tuple(header for header in cancelled if header.name.lower() not in names)
