"""The headers of a handshake, and which of them a rule takes away or writes anew (manual section 4.2, `http-request del-header`).

A Sec-WebSocket-Key that is taken away HAProxy replaces by one of its own, and the answer then fits that one; a
Sec-WebSocket-Accept that is taken away it writes anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from wsfix.drivers.pcre import regex
from wsfix.drivers.text import encode

ASKED: Mapping[str, str | None] = {
    "upgrade": "websocket",
    "connection": "upgrade",
    "sec-websocket-key": None,
    "sec-websocket-version": "13",
}
"""What a request for a WebSocket holds (RFC 6455 section 4.1); of the key, which is the client's alone, no word will do."""
GIVEN: Mapping[str, str | None] = {"upgrade": "websocket", "connection": "upgrade", "sec-websocket-accept": None}
"""What the answer holds (section 4.2.2)."""
ANEW = frozenset({"sec-websocket-accept"})
"""What HAProxy writes anew where it is gone."""
REQUEST = frozenset({"http-request"})
RESPONSE = frozenset({"http-response", "http-after-response"})
CHANGES = frozenset({"del-header", "set-header", "replace-header", "replace-value"})
_SPELT = {"sec-websocket-key": "Sec-WebSocket-Key", "sec-websocket-version": "Sec-WebSocket-Version"}
_SPELT |= {"sec-websocket-accept": "Sec-WebSocket-Accept"}


def spelt(name: str) -> str:
    """A name of a header as RFC 6455 writes it."""
    return _SPELT.get(name, name.title())


def about(words: Sequence[str], names: Mapping[str, str | None]) -> Iterator[str]:
    """Those of some headers that a rule's words are about: one by its name, with `-m` all that match."""
    if len(words) > 1 and words[0] in CHANGES:
        yield from (name for name in names if _matches(name, words[1], _method(words)))


def _method(words: Sequence[str]) -> str:
    found = [words[n + 1] for n in range(2, len(words) - 1) if words[n] == "-m"]
    return found[0] if found and words[0] == "del-header" else "str"


def _matches(name: str, pattern: str, method: str) -> bool:
    text = pattern.lower()
    if method == "reg":
        compiled = regex(pattern)
        return compiled is not None and bool(compiled.search(encode(name)))
    if method in {"beg", "end", "sub"}:
        return {"beg": name.startswith, "end": name.endswith, "sub": name.__contains__}[method](text)
    return name == text


def keeps(name: str, value: str | None, names: Mapping[str, str | None]) -> bool:
    """Whether a header still says what a handshake needs; one whose value is not known is taken to."""
    wanted = names[name]
    if value is None:
        return True
    return wanted is not None and wanted in {word.strip().lower() for word in value.split(",")}
