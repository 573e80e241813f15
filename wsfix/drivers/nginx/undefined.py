"""Variables that are used and that nothing defines: nginx refuses such a configuration (`unknown "…" variable`).

Silent when in doubt: a name that any other directive mentions as a word of its own may be defined by it, whatever module it
is of; the families of the modules that exist are taken for defined; so is everything when a file could not be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from wsfix.drivers.nginx.tree import Node, Tree
from wsfix.drivers.nginx.values import variables
from wsfix.drivers.pcre import captures
from wsfix.drivers.span import Directive
from wsfix.model.route import Position

_USERS = {
    "proxy_set_header", "proxy_pass", "proxy_redirect", "proxy_cookie_path", "proxy_cookie_domain", "proxy_method",
    "proxy_cache_key", "return", "rewrite", "add_header", "try_files", "root", "alias", "if", "fastcgi_param",
    "uwsgi_param", "scgi_param", "grpc_set_header", "log_format", "access_log", "expires", "error_page",
}  # fmt: skip
"""Directives that use variables and define none (but for captures)."""

_EMBEDDED = {
    "ancient_browser", "args", "bad_method", "binary_remote_addr", "body_bytes_sent", "bytes_received",
    "bytes_sent", "connection", "connection_requests", "connection_time", "connections_active",
    "connections_reading", "connections_waiting", "connections_writing", "content_length", "content_type",
    "date_gmt", "date_local", "document_root", "document_uri", "early_hints", "fastcgi_path_info",
    "fastcgi_script_name", "gzip_ratio", "host", "hostname", "http2", "http3", "https", "invalid_referer",
    "is_args", "is_request_port", "limit_conn_status", "limit_rate", "limit_req_status", "memcached_key",
    "modern_browser", "msec", "msie_browser", "nginx_version", "pid", "pipe", "protocol", "query_string",
    "quic", "realip_remote_addr", "realip_remote_port", "realpath_root", "remote_addr", "remote_port",
    "remote_user", "request", "request_body", "request_body_file", "request_completion", "request_filename",
    "request_id", "request_length", "request_method", "request_port", "request_time", "request_uri", "scheme",
    "secure_link", "secure_link_expires", "server_addr", "server_name", "server_port", "server_protocol",
    "session_id", "session_time", "slice_range", "spdy", "spdy_request_priority", "ssi_timezone", "status",
    "tcpinfo_rcv_space", "tcpinfo_rtt", "tcpinfo_rttvar", "tcpinfo_snd_cwnd", "time_iso8601", "time_local",
    "uid_got", "uid_reset", "uid_set", "uri",
}  # fmt: skip

_FAMILIES = (
    "http_", "arg_", "cookie_", "sent_http_", "sent_trailer_", "trailer_", "upstream_", "proxy_", "ssl_", "geoip", "jwt_",
    "modern_", "ancient_", "fastcgi_", "memcached_", "oidc_", "otel_", "opentracing_", "acme_", "limit_", "realip_",
    "brotli_", "zstd_", "modsec", "echo_", "lua_", "njs_", "js_", "perl_", "mgmt_", "zone_sync_", "tcpinfo_", "rtmp_",
    "push_stream_", "nchan_", "upload_", "image_", "sec_", "captcha_", "set_", "auth_", "session_", "apache_", "spnego_",
    "passenger_", "pagespeed_", "vts_", "naxsi_", "ja3", "ja4", "cf_", "tls_", "http2_", "http3_", "uploadprogress_",
    "digest_", "ldap_", "brix_", "api_", "kubernetes_", "resource_", "namespace", "ingress_", "service_", "location_",
)  # fmt: skip

_REGEX_FIRST = {"rewrite"}


class Unknown(NamedTuple):
    """A use of a variable that nothing defines."""

    name: str
    position: Position


def unknown_variables(tree: Tree) -> tuple[Unknown, ...]:
    """Every use, in the order of the configuration."""
    if tree.problems or any(node.name == "load_module" and _unfamiliar(node) for node in tree.nodes):
        return ()
    parts = [variables_of(part) for top in tree.nodes if top.name == "http" for part in (_own(top), *top.children)]
    defined = frozenset[str]().union(*(part.defined for part in parts))
    uses = (use for part in parts for use in part.used)
    return tuple(dict.fromkeys(use for use in uses if use.name not in defined))


class _Variables(NamedTuple):
    """What a block and everything in it defines, and where it uses what is not embedded in nginx."""

    defined: frozenset[str]
    used: tuple[Unknown, ...]


@lru_cache(maxsize=4096)
def variables_of(part: Node) -> _Variables:
    """Look through a part of http{} once: an edit leaves most of them as they are."""
    nodes = [node for node in part.walk() if _has_any(node.directive)]
    defined = frozenset(name for node in nodes for name in _defined(node))
    used = (Unknown(name, node.position) for node in nodes for name in _used(node) if not _is_embedded(name))
    return _Variables(defined, tuple(dict.fromkeys(used)))


def _has_any(directive: Directive) -> bool:
    """Whether a word uses a variable, defines or captures one; most directives have none."""
    for word in directive.words:  # noqa: SIM110 - any() takes twice the time, and this is asked of every line
        if "$" in word.value or "(?" in word.value:
            return True
    return False


def _own(block: Node) -> Node:
    """Return a block without what is in it."""
    return Node(block.path, block.directive)


def _defined(node: Node) -> Iterator[str]:
    for word in node.directive.words:
        yield from captures(word.value)
        if word.value.startswith("$") and node.name not in _USERS:
            yield word.value[1:].strip("{}").lower()


def _used(node: Node) -> Iterator[str]:
    if node.name not in _USERS:
        return
    for n, text in enumerate(node.args):
        if "$" not in text:
            continue
        is_regex = (n == 0 and node.name in _REGEX_FIRST) or (node.name == "if" and n > 0) or text.startswith("~")
        if not is_regex:
            yield from variables(text)


def _is_embedded(name: str) -> bool:
    return name in _EMBEDDED or name[0].isdigit() or name.startswith(_FAMILIES)


def _unfamiliar(node: Node) -> bool:
    """Whether a dynamic module is loaded that is not one of nginx's own; it may bring variables of any name."""
    own = (
        "ngx_http_geoip",
        "ngx_http_image_filter",
        "ngx_http_xslt",
        "ngx_http_perl",
        "ngx_stream",
        "ngx_mail",
        "ngx_http_echo",
    )
    return bool(node.args) and not node.args[0].rpartition("/")[2].startswith(own)
