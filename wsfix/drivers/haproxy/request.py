"""One request as HAProxy's rules see and change it: its path as it came, and the headers that a browser sends."""

from __future__ import annotations

from dataclasses import dataclass, field

OF_BROWSERS = frozenset({"accept", "accept-encoding", "accept-language", "cache-control", "pragma"})
"""Headers that some clients send and others do not."""


@dataclass(slots=True)
class Request:
    """A handshake on its way; paths are neither decoded nor normalised (manual section 7.3.6, `path`)."""

    host: str
    port: int
    tls: bool
    target: str | None
    """Path and query; None once it depends on what is not known."""
    headers: dict[str, str | None] = field(default_factory=dict)
    """Name in lower case → value; None where it is there and its value is not known."""
    variables: dict[str, str | None] = field(default_factory=dict)
    sni: str = ""
    """The name that a TLS hello asks for, where nothing is decrypted; its path and headers are then not seen."""

    @classmethod
    def of(cls, host: str, port: int, path: str, *, tls: bool, origin: str | None = None) -> Request:
        """A browser's handshake (RFC 6455 section 4.1); Host and Origin name the port where it is not the default one."""
        shown = f"[{host}]" if ":" in host else host
        default = 443 if tls else 80
        own = f"{'https' if tls else 'http'}://{shown}" + ("" if port == default else f":{port}")
        headers: dict[str, str | None] = {
            "host": shown if port == default else f"{shown}:{port}",
            "upgrade": "websocket",
            "connection": "Upgrade",
            "sec-websocket-version": "13",
            "sec-websocket-key": None,
            "sec-websocket-extensions": None,
            "origin": own if origin is None else origin,
            "user-agent": None,
        }
        return cls(host, port, tls, path, headers)

    @classmethod
    def sealed(cls, host: str, port: int) -> Request:
        """The same inside TLS that passes through: only the name of the hello is seen."""
        return cls(host, port, True, None, dict.fromkeys(("host", "upgrade", "connection", "origin")), sni=host)

    @property
    def path(self) -> str | None:
        """The path alone."""
        return None if self.target is None else self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What stands behind the first question mark."""
        return (self.target or "").partition("?")[2]

    def set_path(self, path: str | None) -> None:
        """Give it another path, and keep the query."""
        query = f"?{self.query}" if "?" in (self.target or "") else ""
        self.target = None if path is None else path + query
