"""The opening handshake of a WebSocket as bytes and values (RFC 6455 section 4); no stream is touched here."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode

from wsfix import __version__
from wsfix.errors import SpecError
from wsfix.model.walk import Failure, Headers, Reply
from wsfix.probes import compression
from wsfix.probes.masking import Mask
from wsfix.probes.stream import Trouble

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PATH_SAFE = "/%:@!$&'()*+,;=~"
SUBPROTOCOL = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A token of HTTP (RFC 9110 section 5.6.2): what names a header or a subprotocol."""
_OUR_OWN = {"host", "upgrade", "connection", "origin", "user-agent", "content-length", "transfer-encoding"}
_REDIRECTS = {301, 302, 303, 307, 308}
_SWITCHING = 101
_PLAIN = Mask()


@dataclass(frozen=True, slots=True)
class Opening:
    """What is asked for, and by whose name; written once as an upgrade and, for comparison, once as a plain GET."""

    host: str
    """The Host header: the public name, with its port where that is not the default."""
    path: str
    origin: str | None
    nonce: str
    key: str = field(repr=False)
    query: str = field(default="", repr=False)
    transport: str = ""
    """The beginning of the query that is no secret: that of Engine.IO."""
    subprotocols: tuple[str, ...] = ()
    token: str = field(default="", repr=False)
    """Offered as a further subprotocol."""
    compresses: bool = True
    """Whether permessage-deflate is offered, as every browser does."""
    headers: Headers = field(default=(), repr=False)
    """Further headers, whose values are secrets."""
    forwarded: Headers = ()
    """What a proxy would have added."""

    @property
    def agent(self) -> str:
        """The User-Agent, by whose nonce this very probe is found in a log."""
        return f"wsfix/{__version__} ({self.nonce})"

    def upgrade(self) -> bytes:
        """Return the request of section 4.1."""
        asked = [
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", self.key),
            ("Sec-WebSocket-Version", "13"),
        ]
        if self.offered:
            asked.append(("Sec-WebSocket-Protocol", ", ".join(self.offered)))
        if self.compresses:
            asked.append(("Sec-WebSocket-Extensions", compression.OFFER))
        return self._request(asked)

    def plain(self) -> bytes:
        """Return the same request by a client that knows nothing of WebSockets."""
        return self._request([])

    @property
    def offered(self) -> tuple[str, ...]:
        """The subprotocols, of which the server chooses one (section 4.2.2)."""
        return tuple(each for each in (*self.subprotocols, self.token) if each)

    @property
    def secret(self) -> bool:
        """Whether the request holds a secret."""
        return bool(self.query or self.headers or self.token)

    def without_secrets(self) -> Opening:
        """Return the same request for ears that nobody has vouched for."""
        return replace(self, query="", headers=(), token="")

    def _request(self, asked: list[tuple[str, str]]) -> bytes:
        own = [("Host", self.host), *asked, ("User-Agent", self.agent)]
        if self.origin is not None:
            own.append(("Origin", self.origin))
        lines = "".join(f"{name}: {value}\r\n" for name, value in [*own, *self.forwarded, *self.headers])
        query = "&".join(each for each in (self.transport, self.query) if each)
        target = quote(self.path, safe=PATH_SAFE) + (f"?{query}" if query else "")
        return f"GET {target} HTTP/1.1\r\n{lines}\r\n".encode("utf-8", "surrogateescape")


def fresh_key() -> str:
    """Return 16 random bytes in base64, as section 4.1 wants them; many servers refuse anything else."""
    return base64.b64encode(secrets.token_bytes(16)).decode("ascii")


def fresh_nonce() -> str:
    """Return a word that no other probe has."""
    return secrets.token_hex(6)


def accept_of(key: str) -> str:
    """Return the only right Sec-WebSocket-Accept for a key (section 4.2.2)."""
    digest = hashlib.sha1(f"{key}{_GUID}".encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode("ascii")


def query_of(values: Mapping[str, str]) -> str:
    """Return the query of the request's target."""
    return urlencode(list(values.items()), errors="surrogateescape")


def checked_header(name: str, value: str, source: str) -> tuple[str, str]:
    """Return a header that may be sent; the sentence of a refusal names the variable and never shows the value."""
    lower = name.lower()
    if not SUBPROTOCOL.fullmatch(name):
        raise SpecError(f"probe.headers_from_env: {name!r} is not a header's name (RFC 9110 section 5.1)")
    if lower in _OUR_OWN or lower.startswith("sec-websocket-"):
        raise SpecError(f"probe.headers_from_env: {name} is set by the probe itself")
    if any(each in value for each in "\r\n\0"):
        raise SpecError(f"probe.headers_from_env: the variable {source} must be one line")
    return name, value


def judge(reply: Reply, opening: Opening, mask: Mask = _PLAIN) -> Trouble | None:
    """Validate the answer step by step as section 4.1 does; None when all is well."""
    return unaccepted(reply, opening, mask) or _unasked(reply, opening, mask)


def unaccepted(reply: Reply, opening: Opening, mask: Mask = _PLAIN) -> Trouble | None:
    """Return why this is not the answer of a WebSocket server to this very request."""
    if reply.status != _SWITCHING:
        return Trouble(Failure.STATUS, _status(reply, mask))
    upgrade = _all(reply, "Upgrade")
    if upgrade.lower() != "websocket":
        return Trouble(Failure.UPGRADE_HEADER, f"101 came with {_shown('Upgrade', upgrade, mask)}, not websocket")
    connection = _all(reply, "Connection")
    if "upgrade" not in {token.strip().lower() for token in connection.split(",")}:
        return Trouble(
            Failure.CONNECTION_HEADER, f"101 came with {_shown('Connection', connection, mask)}, not Upgrade"
        )
    accept = _all(reply, "Sec-WebSocket-Accept")
    if accept != accept_of(opening.key):
        shown = _shown("Sec-WebSocket-Accept", accept, mask)
        return Trouble(Failure.ACCEPT, f"101 came with {shown}, not the hash of the key that was sent")
    return None


def _unasked(reply: Reply, opening: Opening, mask: Mask) -> Trouble | None:
    """Browsers refuse a protocol or an extension that they did not ask for, and a protocol that is not echoed."""
    extensions = _all(reply, "Sec-WebSocket-Extensions")
    if extensions and not (opening.compresses and compression.agreed(extensions)):
        return Trouble(
            Failure.PROTOCOL, f"the server uses an extension that was not asked for: {mask.quote(extensions)}"
        )
    chosen = _all(reply, "Sec-WebSocket-Protocol")
    if chosen in opening.offered or (not chosen and not opening.offered):
        return None
    asked = mask.quote(", ".join(opening.offered))
    if not opening.offered:
        words = f"the server chose the subprotocol {mask.quote(chosen)}; none was asked for"
    elif not chosen:
        words = f"the server did not echo the subprotocol {asked}; browsers refuse that"
    else:
        words = f"the server chose the subprotocol {mask.quote(chosen)} and not {asked}"
    return Trouble(Failure.SUBPROTOCOL, words)


def _status(reply: Reply, mask: Mask) -> str:
    answer = f"{reply.status} {mask.quote(reply.reason)}".rstrip()
    location = reply.header("Location")
    if reply.status in _REDIRECTS and location:
        return f"the server answered {answer} to {mask.quote(location)} instead of 101"
    return f"the server answered {answer} instead of 101"


def _all(reply: Reply, name: str) -> str:
    """Return a header's values; one that must stand once and stands twice matches nothing."""
    return ", ".join(value for key, value in reply.headers if key.lower() == name.lower())


def _shown(name: str, value: str, mask: Mask) -> str:
    return f"{name}: {mask.quote(value)}" if value else f"no {name} header"
