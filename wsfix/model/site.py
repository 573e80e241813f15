"""What the operator writes about a site, in an inventory or group data; every value is checked before any connection."""

from __future__ import annotations

import posixpath
import re
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, IPvAnyAddress, model_validator

from wsfix.model.parts import Backend, Client, Env, Firewall, Proxy
from wsfix.model.probing import Probe, SocketIo
from wsfix.model.provision import Provision
from wsfix.model.service import Service
from wsfix.model.words import Origin, Spec

IDLE_SECONDS = 3600
_MADE = frozenset({"nginx", "apache"})
"""The proxies for which provisioning has a file of the site."""

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Site(Spec):
    """One public WebSocket and everything on its way that wsfix may look at or put right."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
    url: str
    address: IPvAnyAddress | None = None
    """Connect here instead of where DNS points, as curl's --resolve does: an origin behind a CDN, a host before launch."""
    protocol: Literal["websocket", "socketio"] = "websocket"
    socketio: SocketIo = SocketIo()
    origins: tuple[Origin, ...] = ()
    """The origins of the pages that open the socket; the URL's own when none is given."""
    proxy: Proxy = Proxy()
    backend: Backend | None = None
    service: Service | None = None
    env: Env | None = None
    client: Client | None = None
    firewall: Firewall = Firewall()
    idle_seconds: Annotated[int, Field(ge=30, le=86400)] | None = None
    """How long a silent socket must live at the proxy; not judged where it is not given."""
    probe: Probe = Probe()
    provision: Provision | None = None
    """How `deploys/provision.py` makes the site on a blank host; nothing else reads it."""

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
        if self.protocol != "socketio" and self.socketio != SocketIo():
            raise ValueError('socketio is set, but protocol is "websocket"; set protocol to "socketio"')
        return self

    @model_validator(mode="after")
    def _token_fits_the_protocol(self) -> Site:
        place = self.probe.token.place if self.probe.token else ""
        if self.protocol != "socketio" and place == "auth":
            raise ValueError('probe.token.place is "auth", which only Socket.IO knows; set protocol to "socketio"')
        if self.protocol == "socketio" and place == "subprotocol":
            raise ValueError('probe.token.place is "subprotocol", which clients of Socket.IO cannot set; use "auth"')
        return self

    @model_validator(mode="after")
    def _delivery_names_a_placeholder(self) -> Site:
        each = self.probe.delivery.each if self.probe.delivery else None
        if each is not None and f"{{{each}}}" not in self.parts.path:
            raise ValueError(f"probe.delivery.each: the url's path has no placeholder {{{each}}}")
        return self

    @model_validator(mode="after")
    def _can_be_provisioned(self) -> Site:
        wanted = self.provision
        if wanted is None:
            return self
        if self.proxy.kind not in _MADE:
            raise ValueError(
                f"provision makes sites behind nginx and Apache; behind {self.proxy.word} leave it out, and "
                "deploys/websocket.py looks after the site that is there"
            )
        if self.backend is None or self.service is None:
            raise ValueError("provision needs backend and service: what runs, and what keeps it running")
        if self.service.manager == "systemd" and not wanted.user and not re.match("[A-Za-z_]", self.name):
            raise ValueError("provision.user is needed: the site's name cannot be that of a user")
        if self.service.manager == "pm2" and wanted.user:
            raise ValueError("provision.user is for systemd; of PM2, service.user says whose daemon it is")
        if self.service.manager == "pm2" and self.service.ecosystem is None:
            raise ValueError("provision needs service.ecosystem: where the file is written that PM2 starts from")
        if self.tls and not (wanted.certificate or wanted.certbot):
            raise ValueError("a wss:// site needs provision.certificate (files at hand) or provision.certbot")
        if not self.tls and (wanted.certificate or wanted.certbot):
            raise ValueError("a certificate is given, but the url begins with ws://")
        if wanted.certbot and ("." not in self.host or self.host.replace(".", "").isdigit() or ":" in self.host):
            raise ValueError(f"certbot needs a public name, and {self.host} is none")
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
        return _PLACEHOLDER.sub(lambda m: self.probe.path_values.get(m[1], "1"), self._asked(self.parts.path or "/"))

    @property
    def prefix(self) -> str:
        """The fixed beginning of the path: all of it, or what stands before the first placeholder."""
        return self._asked(self.parts.path or "/").split("{", 1)[0]

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
    def directory(self) -> str | None:
        """Where the application lies on the server: as it is said, else where PM2's file lies; None where a unit tells."""
        if self.backend is not None and self.backend.directory is not None:
            return self.backend.directory
        file = self.service.ecosystem if self.service is not None and self.backend is not None else None
        return posixpath.dirname(file) if file is not None else None

    @property
    def backend_path(self) -> str:
        """The path as the application knows it, its placeholders filled in."""
        if self.backend is None or self.backend.path is None:
            return self.path
        return _PLACEHOLDER.sub(lambda m: self.probe.path_values.get(m[1], "1"), self._asked(self.backend.path))

    def _asked(self, path: str) -> str:
        """Return the path as clients ask for it: those of Socket.IO end it with a slash."""
        slashed = self.protocol == "socketio" and self.socketio.trailing_slash and not path.endswith("/")
        return f"{path}/" if slashed else path
