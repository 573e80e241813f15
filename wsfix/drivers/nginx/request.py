"""A WebSocket handshake as nginx sees it: its URI before and after decoding, and what has become of it on the way.

ngx_http_parse_complex_uri (src/http/ngx_http_parse.c): escapes undone, slashes merged, dot segments resolved; a path that
climbs above the root or holds a broken escape is refused with 400.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})|%")
_TO_ESCAPE = re.compile(rb"[\x00-\x20\x7f-\xff\"#%<>?\\^`{|}]")
"""NGX_ESCAPE_URI since 1.21.1."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request on its way through the configuration."""

    host: str
    port: int
    tls: bool
    unparsed: bytes
    """The request target as sent, query included."""
    uri: bytes
    args: bytes = b""
    quoted: bool = False
    """Whether the target holds an escape."""
    internal: bool = False
    valid_unparsed: bool = True
    """Whether the target as sent may still be passed on."""
    valid_location: bool = True
    """Whether the location's name still stands at the beginning of the URI; a `rewrite … break` ends that."""
    variables: Mapping[str, bytes | None] = field(default_factory=dict)
    """What `set` and the captures of regular expressions have defined; None is defined and not known."""

    @property
    def escaped_uri(self) -> bytes:
        """The URI as it is sent on when it is not sent as it came."""
        return self.escaped_from(0)

    def escaped_from(self, offset: int) -> bytes:
        """The URI from an offset on, escaped again if it was escaped or nginx itself made it."""
        rest = self.uri[offset:]
        return escape(rest) if self.quoted or self.internal else rest


def request(host: str, port: int, path: str, *, tls: bool, merge_slashes: bool = True) -> Request | None:
    """The request for a path, or None if nginx refuses it with 400."""
    target = path.encode("utf-8", "surrogateescape")
    bare, _, args = target.partition(b"?")
    uri = normal(bare, merge_slashes=merge_slashes)
    if uri is None:
        return None
    return Request(host, port, tls, target, uri, args.partition(b"#")[0], quoted=b"%" in bare)


def normal(path: bytes, *, merge_slashes: bool = True) -> bytes | None:
    """A path as locations are compared with it; None if nginx refuses it."""
    path = path.partition(b"#")[0]
    if not path.startswith(b"/") or any(not found[1] or found[1] == b"00" for found in _ESCAPED.finditer(path)):
        return None
    decoded = _ESCAPED.sub(lambda m: bytes([int(m[1], 16)]), path)
    if merge_slashes:
        decoded = re.sub(rb"/+", b"/", decoded)
    parts = decoded.split(b"/")[1:]
    done: list[bytes] = []
    for n, part in enumerate(parts):
        if part == b"..":
            if not done:
                return None
            done.pop()
        elif part != b".":
            done.append(part)
        if part in {b".", b".."} and n == len(parts) - 1:
            done.append(b"")
    return b"/" + b"/".join(done)


def escape(uri: bytes) -> bytes:
    """A URI escaped as nginx does before it sends it on (ngx_escape_uri, NGX_ESCAPE_URI)."""
    return _TO_ESCAPE.sub(lambda m: b"%%%02X" % m[0][0], uri)
