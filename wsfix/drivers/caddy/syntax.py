r"""The Caddyfile's syntax, read without losing a byte: every word, directive, block and comment with its place.

The grammar is that of Caddy's lexer and parser (caddyconfig/caddyfile/lexer.go, parse.go): white space ends a word, `"` and a
backtick quote only at the start of one, `\"` is the only escape, a backslash before a newline goes on with the line, `#`
begins a comment only where a word may begin, `<<MARK` begins a text that ends with `MARK` (2.7). A block opens with a `{` of
its own. Environment variables, `{$NAME:default}`, are put in before words are told apart and may hold blanks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wsfix.drivers import span
from wsfix.drivers.span import Comment, Directive, Word
from wsfix.drivers.text import decode
from wsfix.errors import UnreadableConfig

GLOBAL = "{"
"""The name of the block without one at the head of the main file: the global options."""
_TOKEN = re.compile(
    r"""(?: [ \t\r\f\v]++ | \\\r?\n )*+
    (?: ( \n )
      | ( \#[^\n]*+ )
      | ( "(?:[^"\\]++|\\[\s\S])*+" | `[^`]*+` )
      | ( <<(?P<mark>[A-Za-z0-9_-]+)[ \t\r]*\n (?:[\s\S]*?\n)?? [ \t]* (?P=mark) (?=\s|\Z) )
      | ( (?! ["`] ) (?: \{\$[^}\n]*\} | \\(?!\r?\n) | [^\s\\] )++ ) )""",
    re.VERBOSE,
)
_NEWLINE, _COMMENT, _QUOTED, _HEREDOC, _WORD = 1, 2, 3, 4, 6


class Document(span.Document):
    """One file: its bytes and what Caddy reads in them."""

    __slots__ = ()

    def with_data(self, data: bytes) -> Document:
        """The file with other bytes, read again; raises UnreadableConfig."""
        return read(data, self.path)


def read(data: bytes, path: str = "Caddyfile") -> Document:
    """Read a file, or raise UnreadableConfig where Caddy itself could not tell what belongs to what."""
    reader = _Reader(path, data)
    reader.read()
    return Document(path, data, tuple(reader.blocks[0].children), tuple(reader.comments))


@dataclass(slots=True)
class _Block:
    """A block that is still open, or the file itself."""

    words: tuple[Word, ...] = ()
    line: int = 1
    opens: int = 0
    children: list[Directive] = field(default_factory=list)


class _Reader:
    """One pass over a file as Latin-1, so that offsets count bytes; the stack of open blocks replaces recursion."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.text = data.decode("latin-1")
        self.blocks = [_Block()]
        self.comments: list[Comment] = []
        self.words: list[Word] = []

    def read(self) -> None:
        """Take token after token; the words of a line wait for its end or for the `{` that ends it."""
        position = 0
        while token := _TOKEN.match(self.text, position):
            kind = _HEREDOC if token[_HEREDOC] is not None else token.lastindex or 0
            start, position = token.span(kind)
            if kind == _NEWLINE:
                self._end_of_line()
            elif kind == _COMMENT:
                self.comments.append(Comment(start, position, self._line_of(start)))
            elif kind == _WORD and token[_WORD] in {"{", "}"}:
                self._mark(token[_WORD], start)
            else:
                self._word(kind, token[kind], start, position)
        self._finish(position)

    def _word(self, kind: int, raw: str, start: int, end: int) -> None:
        quote, value = "", raw
        if kind == _QUOTED:
            quote = raw[0]
            value = raw[1:-1].replace('\\"', '"') if quote == '"' else raw[1:-1]
        elif kind == _HEREDOC:
            quote, value = "<<", _heredoc(raw)
        self.words.append(Word(decode(value.encode("latin-1")), start, end, quote))

    def _end_of_line(self) -> None:
        if not self.words or (len(self.blocks) == 1 and _goes_on(self.words[-1])):
            return
        words, self.words = tuple(self.words), []
        line = self._line_of(words[0].start)
        self.blocks[-1].children.append(Directive(words[0].value, words, line, words[0].start, words[-1].end))

    def _mark(self, mark: str, at: int) -> None:
        if mark == "{":
            words = tuple(self.words) or (Word(GLOBAL, at, at + 1),)
            self.words = []
            self.blocks.append(_Block(words, self._line_of(words[0].start), at))
            return
        self._end_of_line()
        if len(self.blocks) == 1:
            raise self._unreadable(at, 'unexpected "}"')
        block = self.blocks.pop()
        first, children = block.words[0], tuple(block.children)
        closed = Directive(first.value, block.words, block.line, first.start, at + 1, block.opens, at, children)
        self.blocks[-1].children.append(closed)

    def _finish(self, position: int) -> None:
        rest = self.text[position:].lstrip(" \t\r\f\v")
        if rest:
            what = "a quote that does not close" if rest[0] in '"`' else "a word that does not end"
            raise self._unreadable(len(self.text) - len(rest), what)
        self._end_of_line()
        if self.words:
            raise self._unreadable(self.words[-1].start, "an address must follow the comma")
        if len(self.blocks) > 1:
            block = self.blocks[-1]
            raise UnreadableConfig(self.path, block.line, f'"{block.words[0].value}" opens a block that does not close')

    def _line_of(self, offset: int) -> int:
        return 1 + self.text.count("\n", 0, offset)

    def _unreadable(self, offset: int, reason: str) -> UnreadableConfig:
        return UnreadableConfig(self.path, self._line_of(offset), reason)


def _goes_on(word: Word) -> bool:
    """Whether a line of addresses goes on in the next one."""
    return word.value.endswith(",") and not word.quote


def _heredoc(raw: str) -> str:
    """The lines between the marks, without the indentation of the closing one."""
    lines = raw.split("\n")
    indent = lines[-1][: len(lines[-1]) - len(lines[-1].lstrip(" \t"))]
    return "\n".join(line.rstrip("\r").removeprefix(indent) for line in lines[1:-1])
