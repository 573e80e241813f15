"""How a site is asked: what is sent, who logs in, which token goes along, how Socket.IO is spoken."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from wsfix.model.words import Seconds, Secret, Spec, looks_secret

UrlPath = Annotated[str, Field(pattern=r"^/[^\s#]*$")]

_OUR_OWN = frozenset({"host", "upgrade", "connection", "origin", "user-agent", "content-length", "transfer-encoding"})


class Login(Spec):
    """The log-in that comes before the socket: its cookies are kept, and a token of its answer may be sent on."""

    path: UrlPath
    fields: dict[str, str | Secret]
    encoding: Literal["json", "form"] = "json"
    bearer_field: str | None = None
    """The field of the answer (dots lead into objects) that is sent as `Authorization: Bearer` when the token is fetched."""

    @model_validator(mode="after")
    def _secrets_are_named(self) -> Login:
        for key, value in self.fields.items():
            if isinstance(value, str) and looks_secret(key):
                raise ValueError(f'{key} looks like a secret and is written out; name it: {{"from_env": "VARIABLE"}}')
        return self


class Token(Spec):
    """The token that the handshake carries: fetched from the site, or taken from the log-in, or named."""

    value: Secret | None = None
    """A token that is at hand, by its name."""
    path: UrlPath | None = None
    """Where it is fetched with GET, with the cookies and the bearer token of the log-in."""
    field: str = "token"
    """The field of the JSON answer that holds it; dots lead into objects."""
    place: Literal["query", "header", "cookie", "subprotocol", "auth"] = "query"
    """Where the handshake carries it; `auth` is that of a client of Socket.IO."""
    name: Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")] = "token"
    """The query parameter, header, cookie or key of `auth`; of a subprotocol the one that stands before the token.

    In the header Authorization it stands after `Bearer `."""
    rest: UrlPath | None = None
    """A path of the API that wants the same token, as `Authorization: Bearer`; asked with GET, and only where the
    socket refuses it."""

    @model_validator(mode="after")
    def _has_one_source(self) -> Token:
        if self.value is not None and self.path is not None:
            raise ValueError("token takes value or path, not both")
        if self.place == "header" and (self.name.lower() in _OUR_OWN or self.name.lower().startswith("sec-websocket-")):
            raise ValueError(f"the header {self.name} is set by the probe itself")
        return self


class SocketIo(Spec):
    """How Socket.IO is spoken."""

    engine: Literal[3, 4] = 4
    """The protocol of Engine.IO: 4 for clients of Socket.IO 3 and 4, 3 for those of Socket.IO 2."""
    namespace: Annotated[str, Field(pattern=r"^/[^\s,]*$")] = "/"
    auth: dict[str, str | Secret] = Field(default_factory=dict)
    """What the client gives as `auth`, or of engine 3 as `query`; secrets by their name."""
    transports: tuple[Literal["polling", "websocket"], ...] = ("polling", "websocket")
    """What the clients use, in their order."""
    trailing_slash: bool = True
    """Whether the clients end the path with a slash, as they do unless `addTrailingSlash` is false."""

    @model_validator(mode="after")
    def _has_a_transport(self) -> SocketIo:
        if not self.transports or len(set(self.transports)) != len(self.transports):
            raise ValueError('transports must name "polling", "websocket" or both, each once')
        return self

    @model_validator(mode="after")
    def _secrets_are_named(self) -> SocketIo:
        for key, value in self.auth.items():
            if isinstance(value, str) and looks_secret(key):
                raise ValueError(f'{key} looks like a secret and is written out; name it: {{"from_env": "VARIABLE"}}')
        return self


class Telling(Spec):
    """How the site tells one message to its sockets: by a text on one of them, or by a request; for `--delivery`.

    `{nonce}` in `send`, `path`, `fields` and `expect` is a fresh word each time, by which the message is known again.
    """

    send: str | None = None
    """A text that is sent on a socket of its own; of Socket.IO an event as JSON, such as `["say", "{nonce}"]`."""
    path: UrlPath | None = None
    """A path of the site that publishes, asked with the cookies of the log-in."""
    method: Literal["GET", "POST"] = "POST"
    fields: dict[str, str | Secret] = Field(default_factory=dict)
    """What is posted; secrets by their name."""
    encoding: Literal["json", "form"] = "json"
    headers_from_env: dict[str, str] = Field(default_factory=dict)
    """Request header → environment variable that holds its value."""
    expect: str = "{nonce}"
    """A text that the message must contain where it arrives."""
    each: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    """The placeholder of the URL's path that differs for each socket (`wsfix-1`, `wsfix-2`, …), where each is a user."""
    seconds: Seconds = 3.0
    """How long the message may take."""

    @model_validator(mode="after")
    def _is_published_one_way(self) -> Telling:
        if (self.send is None) == (self.path is None):
            raise ValueError("delivery takes send (a text on a socket) or path (a request), one of them")
        if self.path is None and (self.fields or self.headers_from_env):
            raise ValueError("delivery.fields and delivery.headers_from_env belong to a path")
        return self

    @model_validator(mode="after")
    def _secrets_are_named(self) -> Telling:
        for key, value in self.fields.items():
            if isinstance(value, str) and looks_secret(key):
                raise ValueError(f'{key} looks like a secret and is written out; name it: {{"from_env": "VARIABLE"}}')
        return self


class Probe(Spec):
    """How the proof is made: what is sent, what must come back, and by whose name."""

    headers_from_env: dict[str, str] = Field(default_factory=dict)
    """Request header → environment variable that holds its value."""
    path_values: dict[str, Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]+$")]] = Field(default_factory=dict)
    """Placeholder of the URL's path → the value to probe with; `1` where none is given."""
    query_from_env: dict[str, str] = Field(default_factory=dict)
    """Query parameter → environment variable that holds its value, such as token."""
    subprotocol: str | None = None
    subprotocols: tuple[str, ...] = ()
    """Further ones that the pages offer, in their order; the server must choose one of all."""
    send: str | None = None
    """A text message to send; without one, a ping is sent and its pong awaited.

    With Socket.IO it is an event as JSON, such as `["ping"]`; without one, the namespace that lets in is proof."""
    expect: str | None = None
    """A text that the first message after `send` must contain."""
    login: Login | None = None
    token: Token | None = None
    delivery: Telling | None = None
    """How one message is told to many sockets; nothing but `wsfix check --delivery` reads it."""
    ca_file: str | None = None
    """Further trust roots (PEM) on the machine that runs wsfix, for a private authority."""
    timeout_seconds: Seconds = 10.0

    @property
    def offered(self) -> tuple[str, ...]:
        """All subprotocols that the pages offer, but that of a token."""
        return tuple(dict.fromkeys((*([self.subprotocol] if self.subprotocol else []), *self.subprotocols)))

    @model_validator(mode="after")
    def _token_comes_from_somewhere(self) -> Probe:
        if self.token is not None and self.token.value is None and self.token.path is None and self.login is None:
            raise ValueError("token needs value, path, or a login whose answer holds it")
        if self.token is not None and self.token.place == "subprotocol" and self.offered:
            raise ValueError(
                "subprotocol and a token in the subprotocol exclude each other; token.name is the subprotocol"
            )
        if self.token is not None and self.token.place == "header":
            names = {name.lower() for name in self.headers_from_env}
            if self.token.name.lower() in names:
                raise ValueError(f"{self.token.name} is set by headers_from_env and by token")
        return self
