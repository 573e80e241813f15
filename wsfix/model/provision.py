"""How a blank Debian host becomes a site: where the application comes from, what it runs on, what starts it."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from wsfix.model.words import AbsolutePath, Port, Spec

_GIT = re.compile(r"^(?:https?|ssh|git|file)://\S+$|^[\w.-]+@[\w.-]+:\S+$")
_PACKAGE = re.compile(r"^[a-z0-9][a-z0-9+.-]+$")


def _within(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/") or not path or any(sign.isspace() for sign in path):
        raise ValueError("must be a path within the source, such as backend or frontend/build")
    return path.rstrip("/")


def _package(name: str) -> str:
    if not _PACKAGE.match(name):
        raise ValueError("must be the name of a Debian package, such as redis-server (Debian Policy 5.6.1)")
    return name


def _one_line(value: str) -> str:
    if not value or any(sign in value for sign in "\n\r\0"):
        raise ValueError("must be one line and not empty")
    return value


def _plain_directory(path: str) -> str:
    if not re.fullmatch(r"(?:/[A-Za-z0-9._-]+){2,}", path) or ".." in path:
        raise ValueError("must be a directory below another one, of plain letters, such as /opt/chat")
    return path


Within = Annotated[str, AfterValidator(_within)]
Line = Annotated[str, AfterValidator(_one_line)]
UserName = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]{0,30}$")]
OwnDirectory = Annotated[AbsolutePath, AfterValidator(_plain_directory)]


class GivenCertificate(Spec):
    """A certificate and its key, as files of the machine that runs wsfix."""

    certificate: Line
    """The chain in PEM: the site's own certificate first, the intermediates after it."""
    key: Line


class Certbot(Spec):
    """A certificate that certbot orders and renews; the name must be a public one that leads to this host."""

    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]


class Program(Spec):
    """What is started: an entry point that the framework's own server loads, or a whole command."""

    entrypoint: Annotated[str, Field(pattern=r"^[A-Za-z0-9_./:-]+$")] | None = None
    """`server:app` (Python: module and object), `server.js` (Node)."""
    command: tuple[Line, ...] = ()
    """The command in words; a program without a slash is taken from the application's own environment."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.entrypoint is None) == (not self.command):
            raise ValueError("give entrypoint, such as server:app, or command, the words of a whole command; not both")
        return self


class PlainHttp(Program):
    """A second service for what is no WebSocket, such as gunicorn beside Daphne."""

    port: Port


class Provision(Program):
    """What a blank host is given; what is there already stays as it is."""

    source: Line
    """A directory of the machine that runs wsfix, or the URL of a git repository that this machine can clone."""
    revision: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w./-]*$")] | None = None
    """A branch or tag of the git repository; its default branch where none is given."""
    directory: OwnDirectory | None = None
    """Where it goes on the host: DIRECTORY/current is what runs; /opt/NAME where none is given."""
    workdir: Within | None = None
    """The part of the source in which it is started, such as backend."""
    user: UserName | None = None
    """The system user that it runs as; the site's name where none is given. PM2: service.user says it."""
    runtime: Literal["python", "node"] = "python"
    requirements: tuple[Line, ...] = ()
    """Python: what pip installs; `requirements.txt` beside the entry point where none is given.

    Node takes `package.json`, and with a lock file exactly what it says."""
    packages: tuple[Annotated[str, AfterValidator(_package)], ...] = ()
    """Further Debian packages, such as redis-server."""
    certificate: GivenCertificate | None = None
    certbot: Certbot | None = None
    http: PlainHttp | None = None
    static: Within | None = None
    """A directory of the source that the proxy itself serves; what is no file there goes to the application."""

    @model_validator(mode="after")
    def _words_fit(self) -> Self:
        if self.certificate and self.certbot:
            raise ValueError("give certificate or certbot, not both")
        if self.revision and not self.from_git:
            raise ValueError("revision is a word of a git repository, and source is a directory")
        if self.runtime == "node" and self.requirements:
            raise ValueError("requirements is for Python; Node's are in package.json")
        return self

    @property
    def from_git(self) -> bool:
        """Whether the source is cloned."""
        return bool(_GIT.match(self.source))
