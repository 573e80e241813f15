"""What a command line that tests a socket really does; its secrets are held, and never shown."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from enum import StrEnum

from wsfix.model.finding import Finding, Severity
from wsfix.model.walk import Headers

KEY_BYTES = 16
"""What a Sec-WebSocket-Key decodes to (RFC 6455 section 4.1)."""
_OF_A_SOCKET = re.compile(
    r"(?:^|[/._-])(?:wss?|websockets?|sockets?|socket\.io|engine\.io|cable)(?:$|[/._-])", re.IGNORECASE
)
_OF_SOCKET_IO = re.compile(r"/(?:socket|engine)\.io(?:/|$)", re.IGNORECASE)
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


class Reach(StrEnum):
    """How far along the path a command asks."""

    TCP = "tcp"
    TLS = "tls"
    PAGE = "page"
    SOCKET = "socket"


class Version(StrEnum):
    """The HTTP version that a command speaks."""

    HTTP10 = "1.0"
    HTTP11 = "1.1"
    NEGOTIATED = "negotiated"
    """HTTP/2 where the server offers it in ALPN (RFC 7301), else HTTP/1.1."""
    HTTP2 = "2"
    HTTP3 = "3"


class Checks(StrEnum):
    """What a command makes of a bad certificate."""

    NOTHING = "nothing"
    """There is no TLS."""
    STRICT = "strict"
    TOLD = "told"
    """It says so, and goes on."""
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Command:
    """One command as it would run."""

    program: str
    reach: Reach
    tls: bool
    host: str
    port: int
    path: str = "/"
    query: Headers = field(default=(), repr=False)
    method: str = "GET"
    headers: Headers = field(default=(), repr=False)
    """Those that the command line gives."""
    version: Version = Version.HTTP11
    own_handshake: bool = False
    """Whether the program words the handshake itself, key and version included."""
    strict: bool = True
    """Whether it checks the server's answer to the handshake and carries a message."""
    checks: Checks = Checks.NOTHING
    dials: str = ""
    """The address that it connects to instead of what DNS says."""
    cut: str = field(default="", repr=False)
    """What the shell takes off the command at an `&` that is not quoted."""
    agreed: bool = False
    """Whether it insists on one of the subprotocols that it offers (RFC 6455 section 4.1)."""

    def header(self, name: str) -> str | None:
        """Return the first value of a header that the command line gives (any case), or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def upgrades(self) -> bool:
        """Whether it asks for a WebSocket at all."""
        return self.own_handshake or "websocket" in (self.header("upgrade") or "").lower()

    @property
    def of_a_socket(self) -> bool:
        """Whether it asks for a socket, or for a path that is named like one."""
        return self.upgrades or self.named_like_one

    @property
    def named_like_one(self) -> bool:
        """Whether the path is named like that of a socket."""
        return _OF_A_SOCKET.search(self.path) is not None

    @property
    def key_length(self) -> int | None:
        """The bytes of the key that the command line gives, -1 for what is not base64; None where it gives none.

        None also for a key that the shell makes: `$(…)`, `$KEY`.
        """
        key = self.header("sec-websocket-key")
        if key is None or self.own_handshake or "$" in key or "`" in key:
            return None
        try:
            return len(base64.b64decode(key, validate=True))
        except (binascii.Error, ValueError):
            return -1

    @property
    def of_socket_io(self) -> bool:
        """Whether the path is one that Socket.IO has by default."""
        return _OF_SOCKET_IO.search(self.path) is not None

    @property
    def netloc(self) -> str:
        """The host, with its port where that is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["wss" if self.tls else "ws"] else f"{host}:{self.port}"

    @property
    def engine_io(self) -> bool:
        """Whether the query is that of a client of Engine.IO that opens a WebSocket."""
        asked = dict(self.query)
        return "EIO" in asked and asked.get("transport") == "websocket"


@dataclass(frozen=True, slots=True)
class Reading:
    """A command and what is wrong with it as a test."""

    command: Command
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether its answer tells how a browser would fare."""
        return self.command.upgrades and not any(f.severity is not Severity.NOTE for f in self.findings)
