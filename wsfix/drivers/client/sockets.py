"""wscat, websocat and `python -m websockets`: clients that word the handshake themselves."""

from __future__ import annotations

from dataclasses import replace

from wsfix.drivers.client.address import Address, address_of
from wsfix.drivers.client.words import Line, Options, options
from wsfix.errors import UnreadableCommand
from wsfix.model.command import Checks, Command, Reach
from wsfix.model.walk import Headers

_WSCAT = {
    "c": "connect",
    "H": "header",
    "o": "origin",
    "s": "subprotocol",
    "p": "protocol",
    "x": "execute",
    "w": "wait",
    "l": "listen",
    **{each: each for each in ("connect", "header", "origin", "subprotocol", "protocol", "execute", "wait", "listen")},
    **{each: each for each in ("auth", "ca", "cert", "host", "key", "passphrase", "proxy", "max-redirects")},
}
_WSCAT_ALIASES = {"n": "no-check", "P": "show-ping-pong", "L": "location"}
_WEBSOCAT = {
    "H": "header",
    "B": "buffer-size",
    **{each: each for each in ("header", "origin", "protocol", "basic-auth", "ping-interval", "ping-timeout")},
    **{each: each for each in ("tls-domain", "buffer-size", "client-pkcs12-der", "close-status-code")},
    **{each: each for each in ("header-to-env", "max-messages", "socks5", "server-header", "static-file", "uri")},
}
_WEBSOCAT_ALIASES = {"k": "insecure"}


def wscat(line: Line) -> Command:
    """Read wscat, which speaks by the library ws: it checks the answer, and insists on a subprotocol that it offered."""
    given = options(line.words, _WSCAT, _WSCAT_ALIASES)
    url = given.last("connect") or next(iter(given.words), None)
    if url is None or given.has("listen"):
        raise UnreadableCommand("the command gives wscat no URL to connect to")
    to = address_of(url, "ws")
    headers = (*_headers(given), *_as("Origin", given.last("origin")), *_as("Host", given.last("host")))
    if given.has("auth"):
        headers += (("Authorization", "***"),)
    made = _made("wscat", to, (*headers, *_as("Sec-WebSocket-Protocol", ", ".join(given.all("subprotocol")))), line)
    return replace(made, agreed=True, checks=_checks(to, off=given.has("no-check")))


def websocat(line: Line) -> Command:
    """Read websocat; of several addresses the one that is a socket counts."""
    given = options(line.words, _WEBSOCAT, _WEBSOCAT_ALIASES)
    url = next((word for word in given.words if word.startswith(("ws://", "wss://", "ws-c:", "autoreconnect:"))), None)
    url = url or given.last("ws-c-uri")
    if url is None:
        raise UnreadableCommand("the command gives websocat no ws:// or wss:// URL")
    to = address_of(url.removeprefix("autoreconnect:"))
    headers = (*_headers(given), *_as("Origin", given.last("origin")))
    headers += _as("Sec-WebSocket-Protocol", given.last("protocol"))
    if given.has("basic-auth"):
        headers += (("Authorization", "***"),)
    made = _made("websocat", to, headers, line)
    return replace(made, checks=_checks(to, off=given.has("insecure")))


def websockets(line: Line) -> Command:
    """Read `python -m websockets`, the client of that library: a URL, and neither a header nor an origin."""
    given = options(line.words, {}, {})
    if not given.words:
        raise UnreadableCommand("the command gives websockets no URL")
    to = address_of(given.words[-1], "ws")
    return replace(_made("websockets", to, (), line), agreed=True, checks=_checks(to, off=given.has("insecure")))


def _made(program: str, to: Address, headers: Headers, line: Line) -> Command:
    return Command(
        program=program,
        reach=Reach.SOCKET,
        tls=to.tls,
        host=to.host,
        port=to.port,
        path=to.path,
        query=to.query,
        headers=headers,
        own_handshake=True,
        cut=line.cut,
    )


def _headers(given: Options) -> Headers:
    pairs = (text.partition(":") for text in given.all("header"))
    return tuple((name.strip(), value.strip()) for name, colon, value in pairs if colon)


def _as(name: str, value: str | None) -> Headers:
    return ((name, value),) if value else ()


def _checks(to: Address, *, off: bool) -> Checks:
    if not to.tls:
        return Checks.NOTHING
    return Checks.OFF if off else Checks.STRICT
