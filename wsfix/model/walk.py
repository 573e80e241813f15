"""What one walk along the path saw, from one place: outside, the proxy's own host, or straight at the backend."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from wsfix.model.hop import Hop

Headers = tuple[tuple[str, str], ...]


class Place(StrEnum):
    """Where a walk starts. The same code asks at all three, so their answers can be compared."""

    OUTSIDE = "outside"
    PROXY = "proxy on the host"
    BACKEND = "backend directly"


class Failure(StrEnum):
    """Why a phase did not succeed: a closed vocabulary, so that rules compare words and not sentences."""

    NAME_NOT_FOUND = "name-not-found"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    RESET = "reset"
    CLOSED = "closed"
    NOT_TLS = "not-tls"
    TLS_FAILED = "tls-failed"
    CERTIFICATE = "certificate"
    GARBAGE = "garbage"
    TOO_LARGE = "too-large"
    STATUS = "status"
    UPGRADE_HEADER = "upgrade-header"
    CONNECTION_HEADER = "connection-header"
    ACCEPT = "accept"
    SUBPROTOCOL = "subprotocol"
    EARLY_CLOSE = "early-close"
    NO_ECHO = "no-echo"
    PROTOCOL = "protocol"
    NOT_DIALLED = "not-dialled"


@dataclass(frozen=True, slots=True)
class Phase:
    """One timed step of a walk: resolve, connect, tls, upgrade, echo."""

    name: str
    seconds: float
    failure: Failure | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """One attempt to connect to one address."""

    address: str
    port: int
    seconds: float
    failure: Failure | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The leaf that the server presented, and what a strict client thinks of the chain."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: float
    """Seconds since the epoch."""
    not_after: float
    """Seconds since the epoch."""
    sha256: str
    chain_length: int | None
    verify_code: int
    """OpenSSL's X509_V_ERR number; 0 is good, 10 expired, 18 self-signed, 20 and 21 no issuer, 62 wrong name."""
    verify_text: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, cut to a size; the body is what a stranger sent and is never trusted."""

    status: int
    reason: str
    headers: Headers
    body: bytes = field(repr=False, default=b"")
    version: str = "1.1"

    def header(self, name: str) -> str | None:
        """Return the first value of a header (any case), or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Handshake:
    """One opening handshake by RFC 6455 section 4, and what came after it."""

    origin: str | None
    reply: Reply | None = None
    accepted: bool = False
    """101 with the right Upgrade, Connection and Sec-WebSocket-Accept."""
    proved: bool = False
    """Accepted, and an echo, a pong or a first message crossed the tunnel."""
    failure: Failure | None = None
    reason: str = ""
    """One sentence in plain words; empty when all is well."""
    close_code: int | None = None
    close_reason: str = ""
    subprotocol: str | None = None
    answer: str = field(default="", repr=False)
    """The first application message, cut; shown only masked."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Walk:
    """All that was seen from one place; after the first wall the rest is skipped."""

    place: Place
    target: str
    """What was dialled: host:port and path, never with a query."""
    addresses: tuple[str, ...] = ()
    connections: tuple[Connection, ...] = ()
    certificate: Certificate | None = None
    handshake: Handshake | None = None
    plain: Reply | None = None
    """The identity test: the same request without the five WebSocket headers."""
    phases: tuple[Phase, ...] = ()
    nonce: str = ""
    """The word in this walk's User-Agent, by which its lines are found in a log."""
    wall: Hop | None = None
    """The first hop that did not let the walk pass; None when the socket was proved."""
    reason: str = ""

    @property
    def sound(self) -> bool:
        """Whether the handshake was accepted and something crossed the tunnel."""
        return self.handshake is not None and self.handshake.proved and self.wall is None

    @property
    def status(self) -> int | None:
        """The HTTP status of the handshake's answer, if there was one."""
        if self.handshake is None or self.handshake.reply is None:
            return None
        return self.handshake.reply.status

    @property
    def same_as_plain(self) -> bool:
        """Whether the upgrade request was answered exactly as a plain GET: nobody upgraded (the identity test)."""
        if self.handshake is None or self.handshake.reply is None or self.plain is None:
            return False
        answer = self.handshake.reply
        return answer.status == self.plain.status and answer.body == self.plain.body
