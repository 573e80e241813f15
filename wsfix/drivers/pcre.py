"""Regular expressions as proxies write them (PCRE), read as Python's where the two languages agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from wsfix.drivers.text import encode

_NAMED_GROUP = re.compile(rb"\(\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')")


@lru_cache(maxsize=1024)
def regex(text: str, *, caseless: bool = False) -> re.Pattern[bytes] | None:
    """A regular expression of PCRE as Python's, over bytes; None where the two languages differ."""
    pattern = _NAMED_GROUP.sub(lambda m: b"(?P<" + (m[1] or m[2]) + b">", encode(text))
    if re.search(rb"\[\[:\w+:\]|\\[QEKGRhHNXpPzC]|\(\?[R0-9&|#]|\(\*", pattern):
        return None
    try:
        return re.compile(pattern, re.IGNORECASE if caseless else 0)
    except (re.error, OverflowError, RecursionError):
        return None


def captures(text: str) -> Iterator[str]:
    """The names of the named groups of a regular expression."""
    if "(?" not in text:
        return
    for found in _NAMED_GROUP.finditer(encode(text)):
        yield (found[1] or found[2]).decode().lower()
