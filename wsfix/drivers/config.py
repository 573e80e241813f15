"""What every proxy's configuration can be asked and told; the conformance suite says when a driver is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, Self

from wsfix.errors import CannotEdit
from wsfix.model.route import Position, Route


def by_port(host: str, position: Position) -> None:
    """Refuse an address that is a unix socket, where a driver words none."""
    if host.startswith("/"):
        raise CannotEdit(f"{position}: the backend listens on the unix socket {host}; aim the proxy there by hand")


class ProxyConfig(Protocol):
    """A proxy's configuration: read without loss, evaluated for a URL, and edited into a new value."""

    @property
    def files(self) -> Mapping[str, bytes]:
        """Path → bytes of every file."""

    @property
    def loaded(self) -> tuple[str, ...]:
        """The files that the proxy reads, and the links by which it comes to them."""

    def route(self, host: str, port: int, tls: bool, path: str, *, address: str | None = None) -> Route:
        """The way of a URL; kind NONE where no server listens."""

    def changed(self, before: Self) -> Mapping[str, tuple[bytes | None, bytes | None]]:
        """Path → (bytes before, bytes here) of every file that differs; None where the file is not there."""

    def unloaded_names(self, host: str) -> tuple[tuple[str, int, str], ...]:
        """(path, line, text) of each server name with that host in files that the proxy does not read."""

    def servers_that_proxy_to(self, host: str, port: int, listen: int) -> list[Position]:
        """The servers on a port that proxy to a port of this host; a `host` that is a path is a unix socket."""

    def add_websocket_location(
        self,
        server: Position,
        prefix: str,
        host: str,
        port: int,
        *,
        uri: str | None = None,
        exact: bool = False,
        idle_seconds: int = 3600,
        like: Route | None = None,
    ) -> Self:
        """Add what hands a WebSocket on, before what takes everything; `like` is a route whose headers it sends too."""

    def forward_upgrade(self, route: Route) -> Self:
        """Make the route hand a WebSocket's upgrade on."""

    def retarget(self, route: Route, host: str, port: int) -> Self:
        """Aim the route at another address."""

    def set_upstream_uri(self, route: Route, uri: str | None) -> Self:
        """Set the URI part of the route's target, or take it away."""

    def align_slash(self, route: Route) -> Self:
        """Let the route and its target both end with a slash, or neither."""

    def add_server_name(self, server: Position, name: str) -> Self:
        """Add a name to a server."""

    def set_certificate(self, server: Position, certificate: str, key: str | None = None) -> Self:
        """Give a server another certificate file, and another key file if one is named."""

    def with_file(self, path: str, data: bytes) -> Self:
        """The configuration with one file as given."""
