"""What the operator writes about a site, in an inventory or group data; every value is checked before any connection."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, IPvAnyAddress, model_validator

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86400)]

IDLE_SECONDS = 3600

_SECRET_WORDS = ("SECRET", "PASSWORD", "PASSWD", "TOKEN", "PRIVATE", "CREDENTIAL", "API_KEY", "APIKEY", "ACCESS_KEY")


_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def looks_secret(name: str) -> bool:
    """Whether a variable's or header's name says that its value is a secret."""
    upper = name.upper().replace("-", "_")
    return (
        any(word in upper for word in _SECRET_WORDS) or upper.endswith("_KEY") or upper in {"AUTHORIZATION", "COOKIE"}
    )


def _absolute(path: str) -> str:
    if not path.startswith("/") or "\n" in path or "\0" in path:
        raise ValueError("must be an absolute path on the server, such as /etc/chat/chat.env")
    return path


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise ValueError("must be an origin: scheme and host and no path, such as https://chat.example.com (RFC 6454)")
    return value


def _unit_name(value: str) -> str:
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@")
    if not value or not set(value) <= allowed or value.startswith("-"):
        raise ValueError("must be a unit's name, such as chat or chat.service (systemd.unit(5))")
    return value


AbsolutePath = Annotated[str, AfterValidator(_absolute)]
Origin = Annotated[str, AfterValidator(_origin)]
UnitName = Annotated[str, AfterValidator(_unit_name)]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Spec(BaseModel):
    """A part of a site's specification: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class FromEnvironment(Spec):
    """A secret that stands in an environment variable of the machine that runs wsfix."""

    from_env: str = Field(min_length=1, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")


class FromFile(Spec):
    """A secret that stands in a file of the machine that runs wsfix (its trailing newline is left out)."""

    from_file: str = Field(min_length=1)


Secret = FromEnvironment | FromFile


class Proxy(Spec):
    """The reverse proxy in front of the backend."""

    kind: Literal["nginx"] = "nginx"
    file: AbsolutePath | None = None
    """The file that holds this site, where the proxy does not tell (a site that is not enabled)."""


class Backend(Spec):
    """The application server."""

    framework: Literal["fastapi", "starlette", "asgi", "other"] = "other"
    host: Literal["127.0.0.1", "::1", "localhost"] = "127.0.0.1"
    port: Port
    path: Annotated[str, Field(pattern=r"^/")] | None = None
    """The path as the application knows it; the same as in the URL unless a prefix is stripped on the way."""


class Service(Spec):
    """The unit that keeps the backend running."""

    manager: Literal["systemd"] = "systemd"
    name: UnitName

    @property
    def unit(self) -> str:
        """The unit's full name."""
        return self.name if self.name.endswith(".service") else f"{self.name}.service"


class Env(Spec):
    """The backend's env file and the values that it must hold."""

    file: AbsolutePath
    values: dict[Variable, str | Secret] = Field(default_factory=dict)
    origins_key: Variable | None = None
    """The variable that lists the allowed origins, separated by commas."""
    loaded_by: Literal["service", "application"] = "service"
    """Who reads the file: the unit (EnvironmentFile=) or the application itself (python-dotenv and the like)."""

    @model_validator(mode="after")
    def _secrets_are_named(self) -> Env:
        for key, value in self.values.items():
            if isinstance(value, str) and looks_secret(key):
                raise ValueError(
                    f'{key} looks like a secret and is written out; name it: {{"from_env": "{key}"}} or {{"from_file": "PATH"}}'
                )
            if isinstance(value, str) and ("\n" in value or "\0" in value):
                raise ValueError(f"{key} must be one line")
        return self


class Firewall(Spec):
    """The ports that the site needs, and those that must not be reachable from outside."""

    open: tuple[Port, ...] = ()
    closed: tuple[Port, ...] = ()

    @model_validator(mode="after")
    def _no_port_is_both(self) -> Firewall:
        both = sorted(set(self.open) & set(self.closed))
        if both:
            raise ValueError(f"port {both[0]} is listed as open and as closed")
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
    send: str | None = None
    """A text message to send; without one, a ping is sent and its pong awaited."""
    expect: str | None = None
    """A text that the first message after `send` must contain."""
    ca_file: str | None = None
    """Further trust roots (PEM) on the machine that runs wsfix, for a private authority."""
    timeout_seconds: Seconds = 10.0


class Site(Spec):
    """One public WebSocket and everything on its way that wsfix may look at or put right."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
    url: str
    address: IPvAnyAddress | None = None
    """Connect here instead of where DNS points, as curl's --resolve does: an origin behind a CDN, a host before launch."""
    protocol: Literal["websocket"] = "websocket"
    origins: tuple[Origin, ...] = ()
    """The origins of the pages that open the socket; the URL's own when none is given."""
    proxy: Proxy = Proxy()
    backend: Backend | None = None
    service: Service | None = None
    env: Env | None = None
    firewall: Firewall = Firewall()
    idle_seconds: Annotated[int, Field(ge=30, le=86400)] | None = None
    """How long a silent socket must live at the proxy; not judged where it is not given."""
    probe: Probe = Probe()

    @model_validator(mode="after")
    def _url_is_a_socket(self) -> Site:
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError as error:
            raise ValueError(f"url: {error}") from None
        if port == 0 or any(sign.isspace() or not sign.isprintable() for sign in self.url):
            raise ValueError("url must not have port 0, a blank or a control character")
        if parts.scheme not in {"ws", "wss"}:
            raise ValueError(f"url must begin with wss:// or ws://, not {parts.scheme or self.url!r}")
        if not parts.hostname:
            raise ValueError("url must name a host, such as wss://chat.example.com/ws")
        if parts.fragment:
            raise ValueError("url must not have a fragment (RFC 6455 section 3)")
        if parts.username or parts.password:
            raise ValueError("url must not hold a user or password; name a header in probe.headers_from_env")
        if parts.query:
            raise ValueError("url must not have a query; name its values in probe.query_from_env")
        return self

    @property
    def parts(self) -> SplitResult:
        """The URL, split."""
        return urlsplit(self.url)

    @property
    def tls(self) -> bool:
        """Whether the socket is opened over TLS."""
        return self.parts.scheme == "wss"

    @property
    def host(self) -> str:
        """The public name, in lower case, an IPv6 address without brackets."""
        return self.parts.hostname or ""

    @property
    def port(self) -> int:
        """The public port; 443 and 80 are the defaults (RFC 6455 section 3)."""
        return self.parts.port or (443 if self.tls else 80)

    @property
    def path(self) -> str:
        """The path to probe, without query, its placeholders filled in; never empty."""
        return _PLACEHOLDER.sub(lambda m: self.probe.path_values.get(m[1], "1"), self.parts.path or "/")

    @property
    def prefix(self) -> str:
        """The fixed beginning of the path: all of it, or what stands before the first placeholder."""
        return (self.parts.path or "/").split("{", 1)[0]

    @property
    def has_placeholder(self) -> bool:
        """Whether the path stands for many paths, such as /ws/{user}."""
        return "{" in self.parts.path

    @property
    def idle_or_default(self) -> int:
        """Seconds of silence that a location made by wsfix allows."""
        return self.idle_seconds or IDLE_SECONDS

    @property
    def page_origins(self) -> tuple[str, ...]:
        """The origins that must be let in; the first is the one that probes send."""
        if self.origins:
            return self.origins
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = 443 if self.tls else 80
        port = "" if self.port == default else f":{self.port}"
        return (f"{'https' if self.tls else 'http'}://{host}{port}",)

    @property
    def backend_path(self) -> str:
        """The path as the application knows it, its placeholders filled in."""
        if self.backend is None or self.backend.path is None:
            return self.path
        return _PLACEHOLDER.sub(lambda m: self.probe.path_values.get(m[1], "1"), self.backend.path)
