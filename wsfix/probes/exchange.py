"""One HTTP request beside the handshake, on a connection of its own, and its answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import quote

from wsfix.model.walk import Exchange, Failure, Headers, Reply
from wsfix.probes.approach import Approach
from wsfix.probes.entrance import enter_again
from wsfix.probes.http import ask
from wsfix.probes.masking import printable
from wsfix.probes.opening import PATH_SAFE
from wsfix.probes.stream import Inbox, Stream, Trouble, let_go, trouble_of

_SHOWN_HEADERS = frozenset(
    {"access-control-allow-origin", "content-type", "date", "location", "server", "www-authenticate"}
)


class Way:
    """The way that is known to lead in: first the connection that stands already, then new ones."""

    def __init__(self, address: str, stream: Stream | None = None) -> None:
        self._address = address
        self._stream = stream

    def open(self, approach: Approach) -> Stream:
        """Return a connection on which nothing was asked yet; raises OSError."""
        held, self._stream = self._stream, None
        return held if held is not None else enter_again(approach, self._address)

    def leave(self) -> None:
        """Let go of the first connection where nobody wanted it."""
        if self._stream is not None:
            let_go(self._stream)


@dataclass(frozen=True, slots=True)
class Question:
    """One request: its path is the application's own, its headers and body may be secrets."""

    path: str
    query: str = field(default="", repr=False)
    method: str = "GET"
    headers: Headers = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)

    def request(self, approach: Approach) -> bytes:
        """Return its bytes, with the names that every request of this walk has."""
        opening = approach.opening
        lines: dict[str, tuple[str, str]] = {}
        own: list[tuple[str, str]] = [("Host", opening.host), ("User-Agent", opening.agent), ("Connection", "close")]
        if opening.origin is not None:
            own.append(("Origin", opening.origin))
        if self.body is not None:
            own.append(("Content-Length", str(len(self.body))))
        for name, value in (*own, *opening.forwarded, *opening.headers, *self.headers):
            lines[name.lower()] = (name, value)
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.values())
        target = quote(self.path, safe=PATH_SAFE) + (f"?{self.query}" if self.query else "")
        words = f"{self.method} {target} HTTP/1.1\r\n{head}\r\n"
        return words.encode("utf-8", "surrogateescape") + (self.body or b"")


def exchange(way: Way, approach: Approach, name: str, question: Question) -> tuple[Exchange, Reply | None]:
    """Ask; the answer comes back twice: as it may be kept, and as it is."""
    began, deadline = approach.clock(), approach.deadline()
    what = f"the answer to {question.method} {question.path}"
    reply: Reply | Trouble
    try:
        stream = way.open(approach)
    except OSError as error:
        reply = trouble_of(error, f"the wait for a connection for {question.method} {question.path}", deadline)
    else:
        reply = ask(Inbox(stream), question.request(approach), approach.deadline(), approach.mask, what)
        let_go(stream)
    seconds = approach.clock() - began
    if isinstance(reply, Trouble):
        return Exchange(name, question.path, failure=reply.failure, reason=reply.reason, seconds=seconds), None
    return Exchange(name, question.path, kept(reply, approach), seconds=seconds), reply


def kept(reply: Reply, approach: Approach) -> Reply:
    """Return the answer as it may be kept: no cookie, no body of a success, since that is where tokens come from."""
    masked = approach.mask.reply(reply)
    headers = tuple((name, value) for name, value in masked.headers if name.lower() in _SHOWN_HEADERS)
    return replace(masked, headers=headers, body=masked.body if reply.status >= 400 else b"")  # noqa: PLR2004


def failed(told: Exchange, failure: Failure, reason: str) -> Exchange:
    """Return the exchange with what is wrong with its answer."""
    return replace(told, failure=failure, reason=reason)


def answered(reply: Reply) -> str:
    """Return the status in words, and where a redirect leads."""
    location = reply.header("location")
    to = f" to {printable(location)[:120]}" if location and reply.status // 100 == 3 else ""  # noqa: PLR2004
    return f"{reply.status} {printable(reply.reason)[:80]}".strip() + to
