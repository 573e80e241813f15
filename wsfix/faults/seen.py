"""What a fault is given to look at: one site's observation, and its proxy's configuration already read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from wsfix.drivers import apache, caddy, haproxy, nginx
from wsfix.drivers.config import ProxyConfig
from wsfix.drivers.pem import Pair, pairs
from wsfix.errors import NotObserved, UnreadableConfig
from wsfix.faults.onward import LOOPBACK, parts
from wsfix.faults.reading import read_once
from wsfix.model.finding import Evidence, Severity
from wsfix.model.inside import FileSeen, Inside, Listener, ProxyState, ServiceState
from wsfix.model.observation import Observation
from wsfix.model.parts import Backend, Env
from wsfix.model.pm2 import Pm2
from wsfix.model.route import Position, Route, RouteKind, Upstream
from wsfix.model.service import Service
from wsfix.model.site import Site
from wsfix.model.walk import Walk
from wsfix.redact import mask_text, printable


@dataclass(frozen=True)
class Seen:
    """One site as it was seen; every property that asks for something not seen raises NotObserved."""

    observation: Observation
    draft: ProxyConfig | None = None
    """The configuration as already edited in memory, while a plan is made."""

    @property
    def site(self) -> Site:
        """What the operator asks for."""
        return self.observation.site

    @property
    def inside(self) -> Inside:
        """The host."""
        if self.observation.inside is None:
            raise NotObserved("the host", "wsfix was not given a way in; name the host in an inventory")
        return self.observation.inside

    @property
    def outside(self) -> Walk:
        """The walk from outside."""
        if self.observation.outside is None:
            raise NotObserved("the outside", "the site was not asked from outside")
        return self.observation.outside

    @property
    def through_proxy(self) -> Walk:
        """The walk through the proxy from its own host; the outside's where that one was already sound."""
        if self.observation.proxy is not None:
            return self.observation.proxy
        if self.observation.outside is not None and self.observation.outside.sound:
            return self.observation.outside
        raise NotObserved("the handshake through the proxy on the host", self._why("proxy"))

    @property
    def at_backend(self) -> Walk:
        """The walk straight to the backend."""
        if self.observation.backend is None:
            raise NotObserved("the handshake straight at the backend", self._why("backend"))
        return self.observation.backend

    def _why(self, place: str) -> str:
        return dict(self.observation.missing).get(place, "")

    @property
    def works(self) -> bool:
        """Whether a real client gets through; from outside, or where that was not asked, on the host."""
        if self.observation.outside is not None:
            return self.observation.outside.sound
        return self.observation.proxy is not None and self.observation.proxy.sound

    @property
    def works_through_proxy(self) -> bool:
        """Whether the handshake succeeds through the proxy on its own host."""
        return self.works or (self.observation.proxy is not None and self.observation.proxy.sound)

    @property
    def backend_works(self) -> bool:
        """Whether the backend takes the socket when asked directly."""
        return self.observation.backend is not None and self.observation.backend.sound

    @property
    def severity(self) -> Severity:
        """An error while the socket does not work, else a warning: it will break or is not as asked."""
        return Severity.WARNING if self.works else Severity.ERROR

    @property
    def severity_at_proxy(self) -> Severity:
        """The same, judged by the handshake through the proxy on its own host."""
        return Severity.WARNING if self.works_through_proxy else Severity.ERROR

    @property
    def proxy(self) -> ProxyState:
        """The proxy's program."""
        return self.inside.known("proxy", self.inside.proxy)

    @cached_property
    def config(self) -> ProxyConfig:
        """The proxy's configuration as it lies on the disk, or as edited so far."""
        if self.draft is not None:
            return self.draft
        try:
            return read_once(self.inside, self.site.proxy.kind)
        except UnreadableConfig as error:
            raise NotObserved("the proxy's configuration", str(error)) from None

    @property
    def nginx(self) -> nginx.Config:
        """The configuration, where the proxy is nginx."""
        if not isinstance(self.config, nginx.Config):
            raise NotApplicable
        return self.config

    @property
    def apache(self) -> apache.Config:
        """The configuration, where the proxy is Apache."""
        if not isinstance(self.config, apache.Config):
            raise NotApplicable
        return self.config

    @property
    def caddy(self) -> caddy.Config:
        """The configuration, where the proxy is Caddy."""
        if not isinstance(self.config, caddy.Config):
            raise NotApplicable
        return self.config

    @property
    def haproxy(self) -> haproxy.Config:
        """The configuration, where the proxy is HAProxy."""
        if not isinstance(self.config, haproxy.Config):
            raise NotApplicable
        return self.config

    @cached_property
    def route(self) -> Route:
        """The way that the site's URL takes through the proxy; where nginx dials itself, the part of it that counts."""
        site, config = self.site, self.config
        if isinstance(config, haproxy.Config):
            # its rules often ask for the page's origin
            return config.route(site.host, site.port, site.tls, site.path, origin=site.page_origins[0])
        return self.parts[-1]

    @cached_property
    def parts(self) -> tuple[Route, ...]:
        """The route, and where nginx dials itself those of its other servers, as far as the way goes."""
        site, config = self.site, self.config
        route = config.route(site.host, site.port, site.tls, site.path)
        return parts(site, config, route) if isinstance(config, nginx.Config) else (route,)

    @property
    def proxied(self) -> Route:
        """The route, where it reaches an upstream; rules about forwarding ask for this."""
        if self.route.kind is not RouteKind.PROXY or self.route.upstream is None:
            raise NotApplicable
        return self.route

    @property
    def backend(self) -> Backend:
        """The backend of the specification; where it names none, what the proxy dials on its own host."""
        return self.site.backend or self._dialled

    @cached_property
    def _dialled(self) -> Backend:
        upstream = self.route.upstream
        here = (*LOOPBACK, *(self.inside.addresses or ()))
        if upstream is None or (upstream.socket is None and upstream.host.strip("[]") not in here):
            raise NotApplicable
        return Backend(socket=upstream.socket) if upstream.socket else Backend(port=upstream.port)

    @property
    def backend_path(self) -> str:
        """The path that the backend is asked for directly."""
        if self.site.backend is None and self.config is not None and self.route.backend_path:
            return self.route.backend_path
        return self.site.backend_path

    @property
    def service(self) -> Service:
        """The systemd unit of the specification."""
        if self.site.service is None or self.site.service.manager != "systemd":
            raise NotApplicable
        return self.site.service

    @property
    def pm2(self) -> Pm2:
        """PM2 on the host, where it keeps the site's backend."""
        if self.site.service is None or self.site.service.manager != "pm2":
            raise NotApplicable
        return self.inside.known("pm2", self.inside.pm2)

    @property
    def env(self) -> Env:
        """The env file of the specification."""
        if self.site.env is None:
            raise NotApplicable
        return self.site.env

    @property
    def unit(self) -> ServiceState:
        """The state of the site's unit."""
        units = self.inside.known("units", self.inside.services)
        return self.inside.known("units", units.get(self.service.unit))

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The certificates on the host whose private key lies there too."""
        files = self.inside.known("files", self.inside.files)
        if "keys" in self.inside.missing:
            raise NotObserved("keys", self.inside.missing["keys"])
        return pairs({path: seen.content for path, seen in files.items()}, self.inside.keys)

    @property
    def port(self) -> int:
        """The port of the backend; NotApplicable where it listens on a unix socket."""
        if self.backend.port is None:
            raise NotApplicable
        return self.backend.port

    @property
    def listening(self) -> tuple[Listener, ...]:
        """What listens where the backend should: on its port, or on its unix socket; nothing where none is named."""
        try:
            backend = self.backend
        except NotApplicable:
            return ()
        if backend.port is not None:
            return self.listeners(backend.port)
        held = self.inside.known("unix", self.inside.unix).get(backend.socket or "")
        return (Listener(held.path, 0, held.pids),) if held is not None and held.listening else ()

    def is_backend(self, upstream: Upstream | None) -> bool:
        """Whether a proxy that dials this address dials the backend's port, or its unix socket."""
        if upstream is None:
            return False
        if self.backend.socket is not None:
            return upstream.socket is not None and _run(upstream.socket) == _run(self.backend.socket)
        return upstream.socket is None and upstream.port == self.backend.port

    def listeners(self, port: int) -> tuple[Listener, ...]:
        """Return what listens on a port of the host."""
        everything = self.inside.known("listeners", self.inside.listeners)
        return tuple(listener for listener in everything if listener.port == port)

    def file(self, path: str) -> FileSeen | None:
        """Return a file by its path, following one link."""
        files = self.inside.known("files", self.inside.files)
        return files.get(path)

    def at(self, position: Position, around: int = 1) -> Evidence:
        """Return the line at a position as evidence, masked."""
        text = self.config.files.get(position.path, b"").decode("utf-8", "replace").splitlines()
        lines = text[position.line - 1 : position.line - 1 + around]
        return Evidence(str(position), mask_text("\n".join(line.strip() for line in lines)))

    def with_config(self, config: ProxyConfig) -> Seen:
        """Return the same site, with the configuration as edited."""
        return replace(self, draft=config)


class NotApplicable(Exception):
    """The rule does not concern this site: it has no such part."""


def _run(path: str) -> str:
    """Return a path below /var/run by its other name: on Debian that is a link to /run."""
    return path.removeprefix("/var") if path.startswith("/var/run/") else path


def answer(walk: Walk) -> Evidence:
    """Return what a walk was answered, as evidence."""
    reply = walk.handshake.reply if walk.handshake else None
    if walk.sound:
        text = "101, socket proved" if reply is None or reply.status != 200 else "200, polling proved"  # noqa: PLR2004
    elif reply is not None:
        kind = reply.header("content-type") or ""
        said = printable(mask_text(reply.body[:200].decode("utf-8", "replace")).strip(), 120)
        parts = [f"{reply.status} {reply.reason}".strip(), kind, said]
        text = " | ".join(part for part in parts if part)
        if reply.status == 101:  # noqa: PLR2004
            text = f"101, but {walk.reason}"
    else:
        text = walk.reason or "no answer"
    return Evidence(walk.place.value, text)
