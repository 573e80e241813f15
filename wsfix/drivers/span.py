"""A configuration file as words and directives with their places: what every span reader gives, whatever its grammar."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self


class Word(NamedTuple):
    """One word of a directive: what the proxy takes it for, and where it stands, quotes included."""

    value: str
    """Quotes and escapes undone, variables not expanded; bytes that are not UTF-8 are kept as surrogates (PEP 383)."""
    start: int
    end: int
    quote: str = ""


class Comment(NamedTuple):
    """A comment, from its `#` up to where the proxy takes it to end."""

    start: int
    end: int
    line: int


class Directive(NamedTuple):
    """A directive: its words and its span; of a block, up to and with what closes it."""

    name: str
    """The first word, folded as the proxy folds it."""
    words: tuple[Word, ...]
    line: int
    start: int
    end: int
    opens: int | None = None
    """nginx: the offset of `{`. Apache: the offset behind the opening tag, white space at the end of its line left out."""
    closes: int | None = None
    """nginx: the offset of `}`. Apache: the offset of `</`."""
    children: tuple[Directive, ...] = ()
    opaque: bool = False
    """Whether the block is of another language (Lua, Perl) and has no children to see."""

    @property
    def args(self) -> tuple[str, ...]:
        """The values of all words but the first."""
        return tuple([word.value for word in self.words[1:]])

    @property
    def is_block(self) -> bool:
        """Whether it holds others."""
        return self.opens is not None

    def walk(self) -> Iterator[Directive]:
        """Yield this directive and all within it, in the order of the file."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Document(ABC):
    """One file: its bytes and what the proxy reads in them."""

    path: str
    data: bytes
    directives: tuple[Directive, ...]
    comments: tuple[Comment, ...]

    @abstractmethod
    def with_data(self, data: bytes) -> Self:
        """The file with other bytes, read again; raises UnreadableConfig."""

    def walk(self) -> Iterator[Directive]:
        """Yield every directive, in the order of the file."""
        for directive in self.directives:
            yield from directive.walk()

    def raw(self, word: Word) -> bytes:
        """A word as it is written."""
        return self.data[word.start : word.end]
