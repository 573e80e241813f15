"""An independent client: it opens the WebSocket as a browser's page would, and says in one word how that went."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import os
import socket
import ssl
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from websockets.asyncio.client import ClientConnection as AsyncConnection
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.lab.state import HostCard

WS_PATH: Final = "/api/chat/ws/lobby"
SECONDS: Final = 3.0
TLS_WORDS: Final = {
    10: "tls-expired",
    18: "tls-self-signed",
    20: "tls-no-issuer",
    21: "tls-no-issuer",
    62: "tls-wrong-name",
}


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Knock:
    """How an opening handshake went: `101`, a status, or a word such as refused, timeout, tls-expired, cut."""

    word: str
    body: str = ""
    seconds: float = 0.0


def get(card: HostCard, path: str = "/", *, name: str | None = None, tls: bool = True, v6: bool = False) -> Reply:
    """Ask for a page by https (or http) under one of the host's public names."""
    return ask(card, path, name=name, tls=tls, v6=v6)


def ask(
    card: HostCard,
    path: str,
    *,
    method: str = "GET",
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
    name: str | None = None,
    tls: bool = True,
    v6: bool = False,
) -> Reply:
    """Send one request under one of the host's public names, and read the answer."""
    wire = _wire(card, 443 if tls else 80, v6=v6)
    if tls:
        wire = _context(card).wrap_socket(wire, server_hostname=name or card.site, do_handshake_on_connect=False)
    with wire as stream:
        if isinstance(stream, ssl.SSLSocket):
            stream.do_handshake()
        talk = http.client.HTTPConnection(name or card.site)
        talk.sock = stream
        talk.request(method, path, body=body, headers={"Connection": "close", **(headers or {})})
        answer = talk.getresponse()
        said = {key.lower(): value for key, value in answer.getheaders()}
        return Reply(answer.status, said, "" if answer.status == 101 else answer.read(65536).decode(errors="replace"))


@contextmanager
def opened(
    card: HostCard, path: str = WS_PATH, *, origin: str | None = None, tls: bool = True, v6: bool = False
) -> Iterator[ClientConnection]:
    """Open the WebSocket and keep it for as long as it is wanted; it never pings by itself."""
    scheme, port = ("wss", 443) if tls else ("ws", 80)
    with connect(
        f"{scheme}://{card.site}{path}",
        sock=_wire(card, port, v6=v6),
        ssl=_context(card) if tls else None,
        server_hostname=card.site if tls else None,
        origin=Origin(origin or card.origin),
        open_timeout=SECONDS,
        close_timeout=1,
        ping_interval=None,
        proxy=None,
    ) as connection:
        yield connection


def echo(
    card: HostCard, text: str = "hello", path: str = WS_PATH, *, v6: bool = False, origin: str | None = None
) -> str:
    """Send a text and give back what the chat makes of it; this is the proof, so it takes the library's asyncio client.

    The synchronous one was seen to lose one TLS handshake in some hundred against a sound server.
    """
    return asyncio.run(_echo(card, text, path, v6=v6, origin=origin))


class Joining(connect_async):
    """The library's asyncio client, which takes a redirect for a refusal, as browsers do."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


def joining(
    card: HostCard,
    path: str = WS_PATH,
    *,
    v6: bool = False,
    origin: str | None = None,
    tls: bool = True,
    port: int | None = None,
) -> Joining:
    """Open the WebSocket with the library's asyncio client, in which one thread alone reads and writes.

    An SSL object is not to be used by two threads at once (openssl-threads(7)), as the synchronous client does. It never
    pings by itself.
    """
    return Joining(
        f"{'wss' if tls else 'ws'}://{card.site}{f':{port}' if port else ''}{path}",
        host=card.address6 if v6 else card.address4,
        port=port or (443 if tls else 80),
        ssl=_context(card) if tls else None,
        server_hostname=card.site if tls else None,
        origin=Origin(origin or card.origin),
        open_timeout=SECONDS,
        close_timeout=1,
        ping_interval=None,
        proxy=None,
    )


async def _echo(card: HostCard, text: str, path: str, *, v6: bool, origin: str | None) -> str:
    async with joining(card, path, v6=v6, origin=origin) as connection:
        await connection.send(text)
        return str(json.loads(await asyncio.wait_for(connection.recv(), SECONDS))["echo"])


def knock(
    card: HostCard,
    path: str = WS_PATH,
    *,
    hold: float = 0.0,
    origin: str | None = None,
    tls: bool = True,
    v6: bool = False,
    port: int | None = None,
) -> Knock:
    """Try the handshake and one echo, then stay silent for a while, and say how it went."""
    began = time.monotonic()
    try:
        return asyncio.run(_knock(card, path, hold, origin=origin, tls=tls, v6=v6, port=port))
    except (WebSocketException, OSError) as failure:
        seconds = time.monotonic() - began
        if isinstance(failure, InvalidStatus):
            refusal = failure.response
            return Knock(str(refusal.status_code), bytes(refusal.body or b"").decode(errors="replace"), seconds)
        return Knock(_word(failure), str(failure), seconds)


async def _knock(
    card: HostCard, path: str, hold: float, *, origin: str | None, tls: bool, v6: bool, port: int | None
) -> Knock:
    began = time.monotonic()
    async with joining(card, path, v6=v6, origin=origin, tls=tls, port=port) as connection:
        await connection.send("knock")
        said = str(await asyncio.wait_for(connection.recv(), SECONDS))
        seconds = time.monotonic() - began
        return await _stay(connection, hold, said) if hold else Knock("101", said, seconds)


def shake(card: HostCard, path: str, connection: str = "Upgrade") -> Reply:
    """Send an opening handshake word for word, with the Connection header of one browser or another."""
    headers = {
        "Connection": connection,
        "Upgrade": "websocket",
        "Origin": card.origin,
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }
    return ask(card, path, headers=headers)


def reachable(address: str, port: int) -> bool:
    """Whether anything answers on this port from outside."""
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True


async def _stay(connection: AsyncConnection, hold: float, said: str) -> Knock:
    began = time.monotonic()
    try:
        await asyncio.wait_for(connection.recv(), hold)
    except TimeoutError:
        return Knock("101", said, hold)
    except ConnectionClosed as closed:
        return Knock("cut" if closed.rcvd is None else str(closed.rcvd.code), str(closed), time.monotonic() - began)
    return Knock("101", said, hold)


def _word(failure: Exception) -> str:
    match failure:
        case ssl.SSLCertVerificationError():
            return TLS_WORDS.get(failure.verify_code, f"tls-{failure.verify_code}")
        case ConnectionRefusedError():
            return "refused"
        case TimeoutError():
            return "timeout"
        case ConnectionClosed() | InvalidMessage() | ConnectionResetError():
            return "cut"
        case _:
            return type(failure).__name__


def _wire(card: HostCard, port: int, *, v6: bool) -> socket.socket:
    return socket.create_connection((card.address6 if v6 else card.address4, port), timeout=SECONDS)


def _context(card: HostCard) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=card.ca)
    context.set_alpn_protocols(["http/1.1"])
    return context
