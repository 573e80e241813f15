"""Where a proxy sends one URL: the common words in which every proxy driver answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a configuration file; lines count from 1."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Upstream:
    """The address that the proxy dials, as its configuration names it."""

    scheme: str
    host: str
    port: int
    uri: str | None = None
    """The URI part of the target, if it has one: it replaces the matched prefix."""
    position: Position | None = None
    socket: str | None = None
    """The path of a unix socket; host and port are then empty and 0."""

    @property
    def address(self) -> str:
        """host:port, with an IPv6 host in brackets; unix:path for a socket."""
        if self.socket is not None:
            return f"unix:{self.socket}"
        host = f"[{self.host}]" if ":" in self.host and not self.host.startswith("[") else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class PoolMember:
    """One of the addresses between which a proxy shares out the requests of a route."""

    upstream: Upstream
    written: str
    """As the configuration names it."""
    takes_turn: bool
    """Whether it gets requests as configured; one that waits as a backup does not. What is switched off is no member."""
    passed_over: bool
    """Whether the proxy by itself leaves it out while it does not answer: by a health check, or by asking the next one."""


class RouteKind(StrEnum):
    """What the block that takes a URL does with it."""

    PROXY = "proxy"
    FILES = "files"
    RETURN = "return"
    OTHER = "other"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class HeaderSet:
    """One request header that the proxy sets for its upstream; the value is as written, variables not expanded."""

    name: str
    value: str
    position: Position


class Asks(StrEnum):
    """By what a gate tells those that it lets pass from others."""

    PASSWORD = "password"  # noqa: S105 - a word
    SERVICE = "service"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Gate:
    """A directive on the way that ends some requests by itself, by what no URL tells."""

    position: Position
    text: str
    """As written, on one line."""
    asks: Asks
    status: int | None
    """What it answers; None where it cuts the connection, or hands on what a service answers."""
    service: Upstream | None = None
    """Whom it asks."""


@dataclass(frozen=True, slots=True)
class Route:
    """The way that one URL takes through a proxy's configuration, and what the proxy does to it."""

    kind: RouteKind
    server: Position
    """The server (virtual host) block that answers for the URL's host, port and scheme."""
    server_names: tuple[str, ...]
    named: bool
    """Whether the host matched a name of that server; False when it was taken as the default."""
    match: str
    """The winning location as written, such as `location ^~ /ws/`; empty when the server block itself answers."""
    position: Position
    """The winning location, or the server block."""
    upstream: Upstream | None = None
    backend_path: str | None = None
    """The path that the backend is asked for; None when it depends on something that is not known."""
    http_version: str = "1.0"
    """The HTTP version spoken to the upstream."""
    headers: tuple[HeaderSet, ...] = ()
    """The headers in force for this route, after the proxy's rules of inheritance."""
    headers_cancelled: tuple[HeaderSet, ...] = ()
    """Headers set on an outer level that this route does not inherit."""
    upgrade_value: str | None = None
    connection_value: str | None = None
    forwards_upgrade: bool = False
    why_not: str = ""
    """Why the upgrade is not forwarded, in plain words; empty when it is."""
    host_value: str = ""
    """What the upstream is sent as Host, as written (nginx's default is `$proxy_host`)."""
    host_sent: str | None = None
    """What that is for this URL; None where it depends on something that is not known."""
    idle_seconds: float = 60.0
    """The proxy ends a tunnel on which nothing was read from the upstream for so long."""
    status: int | None = None
    """The status of a `return`, when the route is one."""
    redirect: str | None = None
    certificate: str | None = None
    """The certificate file of the server block, for a TLS listener."""
    certificate_position: Position | None = None
    guarded_by: Position | None = None
    """Where a section begins that lets in only some: by address, by password."""
    gates: tuple[Gate, ...] = ()
    """What may end the request before it comes so far, in the order in which it is asked."""
    uncertain: tuple[str, ...] = ()
    """What could not be evaluated (an `if`, a variable target, Lua), each in plain words."""

    def header(self, name: str) -> HeaderSet | None:
        """Return the last header of that name that is in force, if any."""
        wanted = name.lower()
        return next((h for h in reversed(self.headers) if h.name.lower() == wanted), None)
