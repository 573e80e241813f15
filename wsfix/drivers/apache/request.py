"""A WebSocket handshake as Apache sees it: its path before and after decoding, and what has become of it on the way.

ap_process_request_internal (server/request.c), ap_normalize_path and ap_unescape_url_ex (server/util.c): dot segments resolved,
slashes merged, unreserved signs decoded; then all else is decoded, and an encoded slash is 404 unless AllowEncodedSlashes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BAD_REQUEST, NOT_FOUND = 400, 404
_SLASH = 0x2F
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")
_TO_ENCODE = re.compile(rb"[^A-Za-z0-9~$\-_.+!*'(),;:@&=/]")
_KEEPS_ESCAPED_SLASH = re.compile(rb"%2[Ff]|[^A-Za-z0-9~$\-_.+!*'(),;:@&=/]")


@dataclass(frozen=True, slots=True)
class Request:
    """A request on its way through the configuration."""

    host: str
    port: int
    tls: bool
    unparsed: bytes
    """The path as sent, without the query."""
    normal: bytes
    """The path normalised, and decoded but for what is reserved."""
    uri: bytes
    """The path decoded; what `<Location>` and ProxyPass are compared with."""
    args: bytes = b""
    connection: str = "Upgrade"
    slashes_kept: bool = False
    """Whether encoded slashes stay encoded (AllowEncodedSlashes NoDecode)."""
    internal: bool = False
    """Whether rewriting in a section has led here; a file is then taken to be there."""
    asked_args: bytes = b""
    """The query as sent; `args` is what rewriting has made of it."""

    @property
    def authority(self) -> str:
        """The request's Host header."""
        host = f"[{self.host}]" if ":" in self.host and not self.host.startswith("[") else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"

    @property
    def target(self) -> bytes:
        """What follows GET in the request's first line."""
        return self.unparsed + (b"?" + self.asked_args if self.asked_args else b"")


def split_target(path: str) -> tuple[bytes, bytes]:
    """The path and the query of a request target."""
    bare, _, args = path.encode("utf-8", "surrogateescape").partition(b"#")[0].partition(b"?")
    return bare, args


def normal(path: bytes, *, merge_slashes: bool = True) -> bytes | None:
    """A path without dot segments and with unreserved signs decoded; None if Apache refuses it."""
    if not path.startswith(b"/") or re.search(rb"%(?![0-9A-Fa-f]{2})", path):
        return None
    path = _ESCAPED.sub(lambda m: bytes([int(m[1], 16)]) if int(m[1], 16) in _UNRESERVED else m[0], path)
    if merge_slashes:
        path = re.sub(rb"/+", b"/", path)
    parts = path.split(b"/")[1:]
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


def decoded(path: bytes, slashes: str) -> bytes | int:
    """A normalised path decoded, or the status of the refusal; `slashes` is AllowEncodedSlashes in lower case."""
    codes = {int(code, 16) for code in _ESCAPED.findall(path)}
    if 0 in codes or (_SLASH in codes and slashes == "off"):
        return NOT_FOUND
    kept = _SLASH if slashes == "nodecode" else -1
    plain = _ESCAPED.sub(lambda m: m[0] if int(m[1], 16) == kept else bytes([int(m[1], 16)]), path)
    if slashes == "on":
        return normal_again(plain)
    return plain


def normal_again(path: bytes) -> bytes:
    """A path whose decoding may have made new dot segments."""
    return normal(path.replace(b"%", b"%25")) or path


def encoded(path: bytes, *, slashes_kept: bool = False) -> bytes:
    """A path as mod_proxy sends it on (ap_proxy_canonenc_ex, enc_path)."""
    pattern = _KEEPS_ESCAPED_SLASH if slashes_kept else _TO_ENCODE
    return pattern.sub(lambda m: m[0] if len(m[0]) > 1 else b"%%%02X" % m[0][0], path)
