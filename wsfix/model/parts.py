"""The parts of the way on the server: proxy, backend, env files, packet filter, and the page that opens the socket."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from wsfix.model.words import AbsolutePath, Port, Secret, Spec, Variable, looks_secret

Framework = Literal[
    "fastapi", "starlette", "channels", "asgi", "socketio", "python-socketio", "ws", "aiohttp", "tornado", "other"
]


_MAINS = {
    "nginx": "/etc/nginx/nginx.conf",
    "apache": "/etc/apache2/apache2.conf",
    "caddy": "/etc/caddy/Caddyfile",
    "haproxy": "/etc/haproxy/haproxy.cfg",
}


class Proxy(Spec):
    """The reverse proxy in front of the backend."""

    kind: Literal["nginx", "apache", "caddy", "haproxy"] = "nginx"
    file: AbsolutePath | None = None
    """The file that holds this site, where the proxy does not tell (a site that is not enabled)."""

    @property
    def word(self) -> str:
        """Its name in a sentence, as its makers write it."""
        return {"nginx": "nginx", "apache": "Apache", "caddy": "Caddy", "haproxy": "HAProxy"}[self.kind]

    @property
    def unit(self) -> str:
        """Its systemd unit on Debian."""
        return {"nginx": "nginx.service", "apache": "apache2.service"}.get(self.kind, f"{self.kind}.service")

    @property
    def process(self) -> str:
        """The name of its processes (proc(5), comm)."""
        return {"apache": "apache2"}.get(self.kind, self.kind)

    @property
    def main(self) -> str:
        """The file that its configuration begins with on Debian."""
        return _MAINS[self.kind]

    @property
    def keeps_old_workers(self) -> bool:
        """Whether open sockets outlive a reload on the workers of before; Caddy is one process and closes them."""
        return {"caddy": False}.get(self.kind, True)


def _one_place(schema: dict[str, Any]) -> None:
    """Say in the schema what the validator asks for."""
    named = [{"required": [key], "properties": {key: {"not": {"type": "null"}}}} for key in ("port", "socket")]
    schema["oneOf"] = named


class Backend(Spec):
    """The application server."""

    model_config = ConfigDict(json_schema_extra=_one_place)

    framework: Framework = "other"
    host: Literal["127.0.0.1", "::1", "localhost"] = "127.0.0.1"
    port: Port | None = None
    socket: AbsolutePath | None = None
    """The unix socket on which it listens, in place of a port."""
    path: Annotated[str, Field(pattern=r"^/")] | None = None
    """The path as the application knows it; the same as in the URL unless a prefix is stripped on the way."""
    directory: AbsolutePath | None = None
    """Where the application lies on the server: its files are read for advice, and never edited."""

    @model_validator(mode="after")
    def _listens_at_one_place(self) -> Backend:
        if (self.port is None) == (self.socket is None):
            raise ValueError("name the port on which the backend listens, or its unix socket by `socket`, and not both")
        return self

    @property
    def words(self) -> str:
        """Where it listens, in words."""
        return f"port {self.port}" if self.socket is None else self.socket

    @property
    def place(self) -> tuple[str, int]:
        """Host and port to dial or to word; for a unix socket its path and 0."""
        return (self.host, self.port) if self.port is not None else (self.socket or "", 0)

    @property
    def address(self) -> str:
        """Where it listens, as the configuration of a proxy words it."""
        return f"{self.host}:{self.port}" if self.socket is None else f"unix:{self.socket}"


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
    enabled: Literal[True] | None = None
    """True asks for the filter to be on: the port of the very SSH connection is let in first. It is never switched off."""

    @model_validator(mode="after")
    def _no_port_is_both(self) -> Firewall:
        both = sorted(set(self.open) & set(self.closed))
        if both:
            raise ValueError(f"port {both[0]} is listed as open and as closed")
        return self


class Client(Spec):
    """The page or app that opens the socket, as far as it lies on the server."""

    env_file: AbsolutePath | None = None
    values: dict[Variable, str] = Field(default_factory=dict)
    """What the frontend's env file must hold; a build takes it in, so a change asks for a new build."""
    files: tuple[AbsolutePath, ...] = ()
    """Files and directories that word the socket's URL: setupProxy.js, WebSocketContext.js, a built bundle.

    They are read for advice, and never edited."""

    @model_validator(mode="after")
    def _values_have_a_file(self) -> Client:
        if self.values and self.env_file is None:
            raise ValueError("client.values needs client.env_file, the file that holds them")
        for key, value in self.values.items():
            if looks_secret(key):
                raise ValueError(f"{key} looks like a secret; what a frontend is built with is public")
            if "\n" in value or "\0" in value:
                raise ValueError(f"{key} must be one line")
        return self
