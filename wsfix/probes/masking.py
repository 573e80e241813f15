"""How a stranger's words are kept: secrets replaced by their names, control characters escaped, cut to a size."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, quote_plus

from wsfix.model.walk import Reply

_SHOWN = 80
_TELLTALE = 4
"""So many first characters of a secret at the end of a cut body are taken for the secret."""


@dataclass(frozen=True, slots=True)
class Mask:
    """The secrets of one walk, in every spelling in which a server may send them back."""

    spellings: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Spelling → name of the variable, the longest first."""

    @classmethod
    def of(cls, secrets: Mapping[str, str]) -> Mask:
        """Hide these: name of the variable → value."""
        found = {spelling: name for name, value in secrets.items() for spelling in _spellings(value) if spelling}
        return cls(tuple(sorted(found.items(), key=lambda item: -len(item[0]))))

    def joined(self, other: Mask) -> Mask:
        """Hide what either hides."""
        return Mask(
            tuple(sorted({**dict(self.spellings), **dict(other.spellings)}.items(), key=lambda item: -len(item[0])))
        )

    def text(self, text: str) -> str:
        """Return the text with the variable's name wherever its value stood."""
        names = dict(self.spellings)
        pattern = "|".join(re.escape(spelling) for spelling, _ in self.spellings)
        return re.sub(pattern, lambda found: f"<{names[found[0]]}>", text) if pattern else text

    def data(self, data: bytes) -> bytes:
        """Return the bytes masked, and without the half of a secret that a cut may have left at their end."""
        masked = self.text(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        return self._without_half_a_secret(masked)

    def quote(self, words: str | bytes, limit: int = _SHOWN) -> str:
        """Return a stranger's words as they may stand in a sentence."""
        text = words.decode("utf-8", "backslashreplace") if isinstance(words, bytes) else words
        safe = printable(self.text(text)[: limit + 1])
        return safe if len(safe) <= limit else f"{safe[: limit - 1]}…"

    def reply(self, reply: Reply) -> Reply:
        """Return the answer as it may be kept."""
        return replace(
            reply,
            reason=self.quote(reply.reason, 200),
            headers=tuple((self.quote(name, 200), printable(self.text(value))) for name, value in reply.headers),
            body=self.data(reply.body),
        )

    def _without_half_a_secret(self, data: bytes) -> bytes:
        for spelling, _ in self.spellings:
            secret = spelling.encode("utf-8", "surrogateescape")
            for size in range(len(secret) - 1, _TELLTALE - 1, -1):
                if data.endswith(secret[:size]):
                    return data[:-size]
        return data


def printable(text: str) -> str:
    """Return the text with every character that moves a cursor or hides itself escaped."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _spellings(value: str) -> Iterator[str]:
    words = [value, *(word for word in value.split()[1:] if len(word) >= _TELLTALE)]
    for word in words:
        yield word
        yield quote(word, safe="")
        yield quote(word)
        yield quote_plus(word)
        yield json.dumps(word)[1:-1]
        yield html.escape(word)
        yield word.encode("utf-8", "surrogateescape").decode("latin-1")
