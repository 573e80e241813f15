"""permessage-deflate as browsers offer it: taken up by real servers, and named where it breaks the socket."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.sync.server import ServerConnection, serve

from wsfix.model.walk import Failure
from wsfix.probes.compression import Inflater, agreed
from wsfix.probes.stream import Broken
from wsfix.probes.walk import walk_outside

from .servers import Visit, frame, serving
from .sites import site

AGREED = "Sec-WebSocket-Extensions: permessage-deflate"


@contextmanager
def echoing(compression: str | None) -> Iterator[int]:
    """Run a real server of the websockets library."""

    def echo(connection: ServerConnection) -> None:
        for text in connection:
            connection.send(text)

    with serve(echo, "127.0.0.1", 0, compression=compression) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.socket.getsockname()[1]
        server.shutdown()


@pytest.mark.parametrize("compression", ["deflate", None])
def test_a_real_server_is_proved_with_and_without(compression: str | None) -> None:
    text = "hello " * 40
    with echoing(compression) as port:
        walk = walk_outside(site(port, send=text, expect=text), {})
    assert walk.sound, walk.reason
    assert walk.uncompressed is None
    assert walk.handshake is not None
    assert walk.handshake.reply is not None
    used = walk.handshake.reply.header("sec-websocket-extensions") or ""
    assert ("permessage-deflate" in used) is (compression is not None)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(frame(1, b"\xff\xff\xff\xff", first=0xC1), "cannot be inflated", id="garbage"),
        pytest.param(frame(9, b"hi", first=0xC9), "ping frame says that it is compressed", id="a ping"),
    ],
)
def test_frames_that_break_only_with_the_extension(data: bytes, reason: str) -> None:
    def behave(visit: Visit) -> None:
        visit.read_request()
        if "permessage-deflate" in (visit.header("Sec-WebSocket-Extensions") or ""):
            visit.accept(AGREED)
            visit.conn.sendall(data)
        else:
            visit.accept()
            visit.conn.sendall(frame(1, b"hi"))
        visit.hang()

    with serving(behave) as port:
        walk = walk_outside(site(port), {})
    assert walk.handshake is not None
    assert walk.handshake.failure is Failure.PROTOCOL
    assert reason in walk.reason
    assert walk.uncompressed is not None
    assert walk.uncompressed.proved


@pytest.mark.parametrize(
    ("answer", "is_ours"),
    [
        ("permessage-deflate", True),
        ("permessage-deflate; server_no_context_takeover; client_max_window_bits=15", True),
        ("permessage-deflate; x=1", False),
        ("x-webkit-deflate-frame", False),
        ("permessage-deflate, other", False),
    ],
)
def test_what_was_offered(answer: str, is_ours: bool) -> None:
    assert agreed(answer) is is_ours


def test_a_window_is_kept_from_message_to_message() -> None:
    deflate = zlib.compressobj(wbits=-15)
    sent = [deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH) for text in (b"hello hello", b"hello again")]
    inflater = Inflater("permessage-deflate", 100)
    assert [inflater.message(each.removesuffix(b"\x00\x00\xff\xff")) for each in sent] == [
        b"hello hello",
        b"hello again",
    ]


def test_a_bomb_is_not_inflated() -> None:
    deflate = zlib.compressobj(wbits=-15)
    bomb = deflate.compress(b"x" * 1_000_000) + deflate.flush(zlib.Z_SYNC_FLUSH)
    with pytest.raises(Broken) as broken:
        Inflater("permessage-deflate", 1000).message(bomb)
    assert broken.value.trouble.failure is Failure.TOO_LARGE
