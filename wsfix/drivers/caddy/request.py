"""A request on its way through Caddy: its path, decoded and as it came, and the placeholders that it fills.

The path is Go's url.URL: Path decoded, RawPath as it came where that is one way to write Path (URL.EscapedPath).
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote_to_bytes

from wsfix.drivers.text import decode

_KEPT = "$&+,/:;=@-_.~"
"""What shouldEscape leaves alone in a path (net/url)."""
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.>:*-]*)\}", re.IGNORECASE)
_FULL = {
    "path": "http.request.uri.path", "uri": "http.request.uri", "query": "http.request.uri.query",
    "host": "http.request.host", "hostport": "http.request.hostport", "port": "http.request.port",
    "scheme": "http.request.scheme", "method": "http.request.method",
}  # fmt: skip
HEADERS = {"connection": ("keep-alive, Upgrade", "Upgrade"), "upgrade": ("websocket",)}
"""What browsers send for a handshake: Firefox the first Connection, Chrome the second."""


@dataclass(frozen=True, slots=True)
class Request:
    """One handshake of a browser."""

    host: str
    port: int
    tls: bool
    path: bytes
    raw: str
    query: str
    original: str
    """The URI as it came, which no rewriting changes."""

    @property
    def escaped(self) -> str:
        """The path as it is sent on."""
        if unquote_to_bytes(self.raw) == self.path:
            return self.raw
        return quote(self.path, safe=_KEPT)

    @property
    def uri(self) -> str:
        """Path and query as they are sent on (URL.RequestURI)."""
        return (self.escaped or "/") + (f"?{self.query}" if self.query else "")

    @property
    def hostport(self) -> str:
        """Host as the client sends it."""
        return self.host if self.port == (443 if self.tls else 80) else f"{self.host}:{self.port}"

    def cleaned(self, *, merge: bool) -> bytes:
        """The path without dot segments and, where asked, doubled slashes (caddyhttp.CleanPath)."""
        return clean(self.path, merge=merge)

    def with_path(self, path: bytes) -> Request:
        """The request for another path."""
        return replace(self, path=path)

    def with_escaped(self, escaped: str) -> Request:
        """The request for another path, as it is written."""
        return replace(self, path=unquote_to_bytes(escaped), raw=escaped)

    def expand(self, text: str, *, escaped: bool = False) -> str | None:
        """A text with its placeholders filled; None where one is not known here. A rewriting takes the URI decoded."""
        known = {
            "http.request.uri.path": decode(self.path),
            "http.request.uri": self.uri if escaped else decode(self.path) + (f"?{self.query}" if self.query else ""),
            "http.request.uri.query": self.query,
            "http.request.orig_uri": self.original,
            "http.request.orig_uri.path": self.original.partition("?")[0],
            "http.request.host": self.host,
            "http.request.hostport": self.hostport,
            "http.request.port": str(self.port),
            "http.request.scheme": "https" if self.tls else "http",
            "http.request.method": "GET",
        }
        names = [match[1] for match in _PLACEHOLDER.finditer(text)]
        if "{$" in text or any(_FULL.get(name, name) not in known for name in names):
            return None
        return _PLACEHOLDER.sub(lambda match: known[_FULL.get(match[1], match[1])], text)


def request(host: str, port: int, target: str, *, tls: bool) -> Request:
    """A request for a path with its query."""
    raw, _, query = target.partition("?")
    return Request(host, port, tls, unquote_to_bytes(raw), raw, query, target)


def clean(path: bytes, *, merge: bool) -> bytes:
    """path.Clean, with the trailing slash kept; slashes next to each other are merged where asked."""
    if not merge:
        return _cleaned(re.sub(rb"//", b"/\xff/", path)).replace(b"\xff", b"")
    return _cleaned(path)


def _cleaned(path: bytes) -> bytes:
    plain = posixpath.normpath(re.sub(rb"^/+", b"/", path))
    return plain + b"/" if path.endswith(b"/") and plain != b"/" else plain
