"""Text of configuration files as bytes: words that turn back into the same bytes, and the shape of lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BLANKS = re.compile(rb"[ \t]*")


def decode(raw: bytes) -> str:
    """Bytes as text that turns back into the same bytes."""
    return raw.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes that decode was given."""
    return text.encode("utf-8", "surrogateescape")


def line_start(data: bytes, at: int) -> int:
    """Where the line of a place begins."""
    return data.rfind(b"\n", 0, at) + 1


def stands_first(data: bytes, at: int) -> bool:
    """Whether only blanks stand before a place on its line."""
    return not data[line_start(data, at) : at].strip(b" \t")


def indent_at(data: bytes, at: int) -> bytes:
    """The blanks with which the line of a place begins."""
    found = _BLANKS.match(data, line_start(data, at), at)
    return found[0] if found else b""


def ending_at(data: bytes, at: int) -> bytes:
    """The line ending next to a place: that of its line, else of the line before, else a plain newline."""
    newline = data.find(b"\n", at)
    if newline < 0:
        newline = data.rfind(b"\n")
    return b"\r\n" if newline > 0 and data[newline - 1 : newline] == b"\r" else b"\n"


def above_comments(data: bytes, at: int) -> int:
    """Where the comments right above a line begin; the line itself if there are none."""
    while at > 0:
        above = line_start(data, at - 1)
        if not data[above:at].lstrip(b" \t").startswith(b"#"):
            break
        at = above
    return at


def alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words two sequences begin with alike."""
    differing = (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))
