"""Canaries: words that must never leave their place, and the search for them in whatever was said, packed or not."""

from __future__ import annotations

import base64
import re
import secrets
import string
import threading
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

_RUN = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
_DEPTH = 3


def canary(name: str) -> str:
    """Make a secret that no pattern of secrets knows: short, of small letters, as people make them up."""
    return f"{name}-" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(12))


def leaks(text: str | bytes, canaries: Iterable[str]) -> set[str]:
    """Return which canaries a text holds: plainly, quoted for a URL, as base64 (also on several lines) or compressed."""
    data = text.encode() if isinstance(text, str) else text
    wanted = {word: {word.encode(), quote(word, safe="").encode()} for word in canaries}
    pieces = list(_unpacked(data, _DEPTH))
    return {word for word, forms in wanted.items() if any(form in piece for form in forms for piece in pieces)}


def _unpacked(data: bytes, depth: int) -> Iterator[bytes]:
    yield data
    if not depth:
        return
    joined = re.sub(rb"\s*\n\s*", b"", data)
    for run in {*_RUN.findall(data), *_RUN.findall(joined)}:
        for start in range(4):
            cut = run[start:].rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
            decoded = base64.b64decode(cut[: len(cut) // 4 * 4])
            yield decoded
            begin = decoded.find(b"\x1f\x8b\x08")
            if begin >= 0:
                yield from _unpacked(_inflated(decoded[begin:]), depth - 1)


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(data)
    except zlib.error:
        return b""


@contextmanager
def command_lines() -> Iterator[set[bytes]]:
    """Collect the command line of every process that is seen meanwhile: here and, since hosts share the kernel, on them."""
    seen: set[bytes] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            for process in Path("/proc").iterdir():
                if process.name.isdecimal():
                    with suppress(OSError):
                        seen.add((process / "cmdline").read_bytes())
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()
