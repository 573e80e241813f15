"""Where the parts of a site lie on its host, and in which words it is started."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from wsfix.model.ground import Ground
from wsfix.model.parts import Backend
from wsfix.model.provision import Program, Provision
from wsfix.model.service import Service
from wsfix.model.site import Site
from wsfix.provision.parcel import Parcel

TLS = "/etc/ssl/wsfix"
_OWN_SERVER = frozenset({"aiohttp", "tornado", "ws", "socketio"})
"""Frameworks whose program opens its port itself; it reads HOST and PORT from its environment."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key, read on this machine and checked."""

    chain: bytes
    key: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """Names the pair, without telling the key."""
        return hashlib.sha256(hashlib.sha256(self.key).digest() + self.chain).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Layout:
    """One site that is to be made, with what was read for it on this machine."""

    site: Site
    wanted: Provision
    backend: Backend
    service: Service
    parcel: Parcel
    certificate: Certificate | None = None

    @property
    def port(self) -> int:
        """Where its sockets come in; that there is one was asked before."""
        return self.backend.port or 0

    @property
    def directory(self) -> str:
        """What holds its releases."""
        return self.wanted.directory or f"/opt/{self.site.name}"

    @property
    def release(self) -> str:
        """The directory of this very source."""
        return f"{self.directory}/releases/{self.parcel.digest}"

    @property
    def current(self) -> str:
        """The link to the release that runs."""
        return f"{self.directory}/current"

    @property
    def workdir(self) -> str:
        """Where it is started."""
        return f"{self.current}/{self.wanted.workdir}" if self.wanted.workdir else self.current

    @property
    def environment(self) -> str:
        """What is installed for it: a virtual environment, or Node's modules; empty where there is nothing."""
        kind = "venvs" if self.python else "modules"
        named = self.parcel.environment or ("plain" if self.python else "")
        return f"{self.directory}/{kind}/{named}" if named else ""

    @property
    def python(self) -> bool:
        """Whether it runs on Python."""
        return self.wanted.runtime == "python"

    @property
    def pm2(self) -> bool:
        """Whether PM2 keeps it."""
        return self.service.manager == "pm2"

    @property
    def user(self) -> str:
        """Who runs it."""
        return self.service.owner if self.pm2 else self.wanted.user or self.site.name.lower().replace(".", "-")

    @property
    def tls(self) -> tuple[str, str] | None:
        """The paths of certificate and key on the host."""
        if self.certificate:
            folder = f"{TLS}/{self.site.name}/{self.certificate.digest}"
        elif self.wanted.certbot:
            folder = f"/etc/letsencrypt/live/{self.site.host}"
        else:
            return None
        return f"{folder}/fullchain.pem", f"{folder}/privkey.pem"

    @property
    def env_file(self) -> str | None:
        """The env file that the manager reads for it."""
        env = self.site.env
        return env.file if env and env.loaded_by == "service" else None

    def home(self, ground: Ground) -> str:
        """The home directory of its user, on the host or to be."""
        held = ground.users.get(self.user)
        return held.home if held else "/root" if self.user == "root" else f"/var/lib/{self.user}"

    def group(self, ground: Ground) -> str:
        """The group of its user."""
        held = ground.users.get(self.user)
        return held.group if held else self.user

    def words(self) -> tuple[str, ...]:
        """The command that serves the socket."""
        return self._program(self.wanted, self.port, sockets=True)

    def plain_words(self) -> tuple[str, ...]:
        """The command of the second service; empty where there is none."""
        plain = self.wanted.http
        return self._program(plain, plain.port, sockets=False) if plain else ()

    def _program(self, program: Program, port: int, *, sockets: bool) -> tuple[str, ...]:
        if program.command:
            first, *rest = program.command
            return (self._found(first), *rest)
        entry = program.entrypoint or ""
        host = "127.0.0.1" if self.backend.host == "localhost" else self.backend.host
        if not self.python:
            return ("node", entry)
        if not sockets:
            bound = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            return (self._found("gunicorn"), "--bind", bound, "--workers", "2", entry)
        if self.backend.framework == "channels":
            return (self._found("daphne"), "-b", host, "-p", str(port), entry)
        if self.backend.framework in _OWN_SERVER:
            return (self._found("python"), entry)
        return (self._found("uvicorn"), entry, "--host", host, "--port", str(port))

    def _found(self, program: str) -> str:
        """A program without a slash is the environment's own; Node's own is the system's."""
        if "/" in program or program == "node":
            return program
        if self.python:
            return f"{self.environment}/bin/{program}"
        return f"{self.environment}/node_modules/.bin/{program}"
