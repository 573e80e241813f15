"""What one walk along the path saw, from one place: outside, the proxy's own host, or straight at the backend."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from wsfix.model.hop import Hop

Headers = tuple[tuple[str, str], ...]

REFUSED_STATUS = frozenset({401, 403})
DOUBTED_STATUS = REFUSED_STATUS | {400}
"""With these a page's origin may have been refused: some libraries say 400, as they do to much else."""
REFUSED_CODES = frozenset({1008, 3000, 3003, 4001, 4003, 4401, 4403})
"""Close codes by which applications refuse a client: policy violation (RFC 6455 section 7.4.1), the registered
Unauthorized and Forbidden (3000, 3003), and the usual private ones."""


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
    REJECTED = "rejected"
    RESET = "reset"
    CLOSED = "closed"
    NOT_TLS = "not-tls"
    TLS_FAILED = "tls-failed"
    TLS_VERSION = "tls-version"
    TLS_NAME = "tls-name"
    TLS_CLIENT = "tls-client-certificate"
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
    ENGINE_IO = "engine-io"
    NAMESPACE = "namespace"
    NOT_STICKY = "not-sticky"
    LOGIN = "log-in"
    TOKEN = "token"  # noqa: S105 - a word


def other_spelling(path: str) -> str:
    """Return a path with a slash more or fewer at its end."""
    return path.rstrip("/") if path.endswith("/") else f"{path}/"


@dataclass(frozen=True, slots=True)
class Phase:
    """One timed step of a walk: resolve, connect, tls, log-in, token, upgrade, echo, plain, polling, session, switch."""

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
class Exchange:
    """One HTTP request beside the handshake, such as a poll or a log-in, and its answer."""

    name: str
    path: str
    """Never with a query."""
    reply: Reply | None = None
    failure: Failure | None = None
    reason: str = ""
    seconds: float = 0.0
    engine: int | None = None
    """The protocol of Engine.IO that an open packet is worded in: 4, 3, or None where there is none."""
    code: int | None = None
    """The number of Engine.IO's error, 0 to 5; None where the answer is no error of Engine.IO."""
    cookies: tuple[str, ...] = ()
    """What the answer says of each cookie that it sets: its name and SameSite, never its value."""

    @property
    def speaks(self) -> bool:
        """Whether Engine.IO answered, be it by an error."""
        return self.engine is not None or self.code is not None


@dataclass(frozen=True, slots=True)
class Session:
    """What was spoken of Engine.IO and Socket.IO on one walk."""

    engine: int
    """The protocol of Engine.IO that was asked for."""
    namespace: str
    opened: bool = False
    """The first message of the WebSocket was an open packet."""
    code: int | None = None
    """The number of Engine.IO's error in the answer to the WebSocket; see Exchange.code."""
    outdated: bool = False
    """The server speaks as Socket.IO 2 does, and protocol 4 was asked for."""
    first: str = ""
    """The first message, where it was no open packet; masked and cut."""
    connected: bool = False
    """The namespace was entered."""
    refusal: str = ""
    """Why the server refused the namespace, in its own words, masked."""
    polling: Exchange | None = None
    """The first request of the polling transport."""
    sticky: Exchange | None = None
    """The last of several polling requests with one session id, each on a new connection, or the first that failed."""
    switched: Exchange | None = None
    """The switch of a polling session to a WebSocket, as clients make it."""
    others: tuple[Exchange, ...] = ()
    """Another protocol and other paths, asked by polling where Engine.IO did not answer as asked."""

    @property
    def speaks(self) -> bool:
        """Whether Engine.IO answered at the path that was asked for."""
        return self.opened or self.code is not None or (self.polling is not None and self.polling.speaks)


@dataclass(frozen=True, slots=True)
class Credential:
    """What is known of the token or the log-in that the handshake carried; never the secret itself."""

    place: str
    """query, header, cookie, subprotocol or auth; cookie where only a log-in was made."""
    name: str
    steps: tuple[Exchange, ...] = ()
    """The log-in and the request of the token; empty where an earlier walk of the same look had made them."""
    held: bool = False
    """Whether it was had and sent."""
    seconds_left: float | None = None
    """Until the token expires, by its `exp` (RFC 7519 section 4.1.4) and this machine's clock; below 0 it has expired."""
    rest: Exchange | None = None
    """The same token at a path of the API."""
    bare: Handshake | None = None
    """The same handshake without it."""


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
    session: Session | None = None
    """What was spoken of Socket.IO, where the site speaks it."""
    credential: Credential | None = None
    """The token or log-in, where the site asks for one."""
    other_origins: tuple[Handshake, ...] = ()
    """The same handshake with other origins, asked where it was refused with 401, 403 or 400."""
    respelled: Handshake | None = None
    """The same handshake with a slash more or fewer at the end of its path, asked where no route may have been found."""
    uncompressed: Handshake | None = None
    """The same handshake without permessage-deflate, asked where the frames behind the 101 could not be read."""
    tls_spoken: bool = False
    """A backend that was asked plainly and hung up took a TLS handshake on the same port."""
    wall: Hop | None = None
    """The first hop that did not let the walk pass; None when the socket was proved."""
    reason: str = ""

    @property
    def sound(self) -> bool:
        """Whether the handshake was accepted and something crossed the tunnel."""
        return self.handshake is not None and self.handshake.proved and self.wall is None

    @property
    def refused(self) -> bool:
        """Whether the server refused this client, and not the WebSocket: by status, by close code or by namespace."""
        handshake = self.handshake
        if handshake is None or handshake.proved:
            return False
        named = self.session is not None and bool(self.session.refusal)
        return self.status in REFUSED_STATUS or handshake.close_code in REFUSED_CODES or named

    @property
    def other_spelling(self) -> bool:
        """Whether a socket is taken at the same path with a slash more or fewer at its end, and kept open there."""
        if self.respelled is None or self.handshake is None:
            return False
        return self.respelled.proved or (self.respelled.accepted and not self.handshake.accepted)

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
