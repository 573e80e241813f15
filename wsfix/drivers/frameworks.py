"""Servers and frameworks as records: how each is recognised, what it answers to a socket that it does not take, its pings.

The answers were measured with the versions of this year; where a server leaves a header out in one version and sets it in
the next, the record asks for less.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Meaning(StrEnum):
    """What an answer to a handshake says about the application."""

    NO_ROUTE = "no route"
    REFUSED = "refused"
    NO_ROUTE_OR_REFUSED = "no route, or refused"
    NOT_UPGRADED = "not upgraded"
    FOREIGN_ORIGIN = "foreign origin"
    FOREIGN_HOST = "foreign host"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that a framework is known by."""

    status: int
    meaning: Meaning
    body: str = ""
    """A regular expression that the body must contain."""
    same_as_plain: bool | None = None
    """Whether a plain GET must be answered with the same bytes, or with others; None where it does not matter."""


@dataclass(frozen=True, slots=True)
class Framework:
    """What the application is written with."""

    name: str
    answers: tuple[Answer, ...]
    """The first that fits counts."""
    origins: str
    """Where the origins are set from which a socket may be opened."""
    cors: str
    """What its CORS setting means for a socket."""


@dataclass(frozen=True, slots=True)
class Server:
    """The program that listens."""

    name: str
    command: re.Pattern[str]
    speaks: str
    """asgi, wsgi, or own: the framework brings its server along."""
    header: str = ""
    """A regular expression on the Server header of its plain answers."""
    ping_seconds: float | None = None
    """After so long it pings a silent socket; None where it does not by itself."""
    sockets: str = ""
    """What it needs to take sockets, where it does not by itself."""


_HOST = Answer(400, Meaning.FOREIGN_HOST, r"^Invalid host header")
_NO_UPGRADE = Answer(404, Meaning.NOT_UPGRADED, same_as_plain=True)
_ASGI = (_HOST, Answer(403, Meaning.NO_ROUTE_OR_REFUSED, r"^$"), _NO_UPGRADE, Answer(500, Meaning.FAILED))
_BY_ITSELF = "its own check before accept(); Starlette compares no Origin of a socket"
_CORS = "CORSMiddleware passes over sockets: it answers pages, and lets every handshake through"

FRAMEWORKS: dict[str, Framework] = {
    "fastapi": Framework("FastAPI", _ASGI, _BY_ITSELF, _CORS),
    "starlette": Framework("Starlette", _ASGI, _BY_ITSELF, _CORS),
    "asgi": Framework("ASGI application", _ASGI, "its own check before it accepts", "it depends on the application"),
    "channels": Framework(
        "Channels",
        (Answer(403, Meaning.REFUSED), _NO_UPGRADE, Answer(500, Meaning.FAILED)),
        "AllowedHostsOriginValidator in asgi.py, by ALLOWED_HOSTS of the settings",
        "django-cors-headers answers pages, and no handshake",
    ),
    "python-socketio": Framework(
        "python-socketio",
        (
            Answer(400, Meaning.FOREIGN_ORIGIN, "not an accepted origin"),
            Answer(403, Meaning.REFUSED, r"^$"),
            _NO_UPGRADE,
        ),
        "cors_allowed_origins of the server",
        "cors_allowed_origins is asked for polling and for sockets",
    ),
    "socketio": Framework(
        "Socket.IO",
        (_NO_UPGRADE,),
        "allowRequest of the server; its cors is not asked for sockets",
        "cors is the browser's affair and concerns polling only",
    ),
    "ws": Framework(
        "ws",
        (Answer(400, Meaning.NO_ROUTE, r"^Bad Request$"), Answer(401, Meaning.REFUSED), _NO_UPGRADE),
        "verifyClient of the server",
        "cors of the pages' framework is not asked for sockets",
    ),
    "aiohttp": Framework(
        "aiohttp", (Answer(404, Meaning.NO_ROUTE, "^404: Not Found"),), "the handler itself", "it has none for sockets"
    ),
    "tornado": Framework(
        "Tornado",
        (Answer(403, Meaning.FOREIGN_ORIGIN, "Cross origin websockets not allowed"), Answer(404, Meaning.NO_ROUTE)),
        "check_origin of the handler; by default the Origin's host must be the Host",
        "it has none for sockets",
    ),
}
"""By the word that the inventory uses."""

SERVERS: tuple[Server, ...] = (
    Server(
        "gunicorn", re.compile(r"(?:^|[/ ])gunicorn(?:[ :]|$)"), "wsgi", r"^gunicorn", None, "a worker class for ASGI"
    ),
    Server("uvicorn", re.compile(r"(?:^|[/ ])uvicorn(?: |$)"), "asgi", r"^uvicorn", 20.0, "websockets or wsproto"),
    Server("daphne", re.compile(r"(?:^|[/ ])daphne(?: |$)"), "asgi", r"^daphne", 20.0),
    Server("hypercorn", re.compile(r"(?:^|[/ ])hypercorn(?: |$)"), "asgi", r"^hypercorn", None),
    Server(
        "runserver",
        re.compile(r"\bmanage\.py runserver\b|\bdjango-admin runserver\b"),
        "wsgi",
        r"^WSGIServer",
        None,
        "daphne",
    ),
    Server("tornado", re.compile(r"(?!)"), "own", r"^TornadoServer", None),
    Server("aiohttp", re.compile(r"(?!)"), "own", r"aiohttp/", None),
    Server("node", re.compile(r"(?:^|/)node(?:js)? "), "own", "", None),
)
_ASGI_WORKER = re.compile(r"uvicorn|asgi$", re.IGNORECASE)
_FLAGS = frozenset({
    "-D", "-R", "-h", "--access-log", "--capture-output", "--check-config", "--daemon", "--date-header", "--debug",
    "--enable-stdio-inheritance", "--factory", "--help", "--http2", "--initgroups", "--insecure", "--log-syslog",
    "--permit-obsolete-folding", "--preload", "--print-config", "--proxy-headers", "--reload", "--reset-contextvars",
    "--reuse-port", "--server-header", "--spew", "--strip-header-spaces", "--use-colors", "--version",
})  # fmt: skip
"""Options without a value of uvicorn, gunicorn, Daphne and Hypercorn (`--help` of each); so is every `--no-`."""
_WITH_VALUE = {
    "node": frozenset({"-r", "--require", "--import", "--loader", "-C", "--conditions", "--env-file", "--title"}),
    "runserver": frozenset({"--settings", "--pythonpath", "-v", "--verbosity"}),
}
"""Where most options are flags, those that are none."""


def _takes_value(server: str, option: str) -> bool:
    if server in _WITH_VALUE:
        return option in _WITH_VALUE[server]
    attached = "=" in option if option.startswith("--") else len(option) > 2  # noqa: PLR2004 - `-k`
    return not attached and option not in _FLAGS and not option.startswith("--no-")


@dataclass(frozen=True, slots=True)
class Running:
    """A server as its command line tells it."""

    server: Server
    application: str = ""
    """What it was told to run: `chat.asgi:application`."""
    worker: str = ""
    """gunicorn's worker class; empty where the command names none."""
    options: tuple[str, ...] = ()

    @property
    def asgi(self) -> bool:
        """Whether it calls the application as ASGI."""
        return self.server.speaks == "asgi" or bool(_ASGI_WORKER.search(self.worker))

    @property
    def undecided(self) -> bool:
        """Whether a file that was not read may say otherwise (gunicorn's -c)."""
        return self.server.name == "gunicorn" and not self.worker and self.option("-c", "--config") is not None

    @property
    def words(self) -> str:
        """The server in a sentence."""
        if self.server.name == "gunicorn":
            return f"gunicorn with the worker {self.worker or 'sync'}" if not self.undecided else "gunicorn"
        return "Django's runserver" if self.server.name == "runserver" else self.server.name

    @property
    def ping_seconds(self) -> float | None:
        """After how long a silent socket is pinged; a gunicorn with uvicorn's workers does as uvicorn."""
        return 20.0 if "uvicorn" in self.worker.lower() else self.server.ping_seconds

    def option(self, *names: str) -> str | None:
        """Return the value of an option, an empty text for a flag, None where it is not given."""
        for index, word in enumerate(self.options):
            name, equals, value = word.partition("=")
            if name in names:
                following = self.options[index + 1 : index + 2]
                return value if equals else (following[0] if following and _takes_value(self.server.name, name) else "")
            if len(word) > 2 and word[:2] in names and not word.startswith("--"):  # noqa: PLR2004
                return word[2:]
        return None


@lru_cache(maxsize=512)
def recognise(command: str) -> Running | None:
    """Return the server that a command line starts; None where it is none that wsfix knows."""
    server = next((each for each in SERVERS if each.command.search(command)), None)
    if server is None:
        return None
    try:
        said = shlex.split(command)
    except ValueError:
        said = command.split()
    start = next((i for i, word in enumerate(said) if word.rpartition("/")[2].partition(":")[0] == server.name), 0)
    options = tuple(said[start + 1 :])
    running = Running(server, _application(server.name, options), options=options)
    return Running(server, running.application, running.option("-k", "--worker-class") or "", options)


def recognise_answer(header: str | None) -> Server | None:
    """Return the server that a Server header names."""
    if not header:
        return None
    return next((each for each in SERVERS if each.header and re.search(each.header, header)), None)


def meaning(framework: str, status: int, body: bytes, *, same_as_plain: bool) -> Meaning | None:
    """Return what an answer straight from the backend says; None where the record does not know it."""
    record = FRAMEWORKS.get(framework)
    text = body.decode("utf-8", "replace").strip()
    for answer in record.answers if record else ():
        alike = answer.same_as_plain in {None, same_as_plain}
        if answer.status == status and alike and re.search(answer.body, text):
            return answer.meaning
    return None


def _application(server: str, options: tuple[str, ...]) -> str:
    """Return the first word that is neither an option nor the value of one."""
    skip = False
    for word in options:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = _takes_value(server, word)
        elif word in {"master", "worker"} and options[-1][:1] == "[":
            continue
        elif re.fullmatch(r"[A-Za-z_][\w.]*(?::[A-Za-z_][\w.]*(?:\(\))?)?", word):
            return word
        elif word.startswith("[") and word.endswith("]"):  # the title that gunicorn gives its processes
            return word.strip("[]")
    return ""
