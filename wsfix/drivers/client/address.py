"""Where a test goes: the URL as its program reads it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from wsfix.errors import UnreadableCommand
from wsfix.model.walk import Headers

_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """A URL in its parts."""

    scheme: str
    host: str
    port: int
    path: str
    query: Headers

    @property
    def tls(self) -> bool:
        """Whether it asks for TLS."""
        return self.scheme in {"https", "wss"}


def address_of(text: str, default: str = "http") -> Address:
    """Read a URL; one without a scheme gets the program's own. Raises UnreadableCommand."""
    whole = text if "://" in text else f"{default}://{text}"
    try:
        parts = urlsplit(whole)
        port = parts.port
    except ValueError:  # its text may hold a password
        raise UnreadableCommand("the command's URL cannot be read: its port or its brackets are wrong") from None
    if parts.scheme not in _PORTS:
        raise UnreadableCommand(f"the command's URL begins with {parts.scheme[:20]}://, not http, https, ws or wss")
    if not parts.hostname:
        raise UnreadableCommand("the command's URL names no host")
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    return Address(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], parts.path or "/", query)


def endpoint(text: str, default: int) -> tuple[str, int]:
    """Return host and port of `host:port`, the host perhaps in brackets."""
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        return text.strip("[]"), default
    return host.strip("[]"), int(port) if port.isdecimal() else default
