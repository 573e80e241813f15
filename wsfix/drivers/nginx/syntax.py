"""nginx's configuration syntax, read without losing a byte: every word, directive, block and comment with its place.

The grammar is ngx_conf_read_token (src/core/ngx_conf_file.c), not the documentation's: what ends a word, which escapes are
undone, that `${` does not open a block, that a quoted word must be followed by white space, `;`, `{` or `)`. Bodies of
`*_by_lua_block` are opaque, as lua-nginx-module reads them with a lexer of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wsfix.drivers import span
from wsfix.drivers.span import Comment, Directive, Word
from wsfix.drivers.text import decode
from wsfix.errors import UnreadableConfig

_TOKEN = re.compile(
    r"""[ \t\r\n]*+
    (?: ( (?:\\[\s\S]|\$\{*+|[^ \t\r\n;{}\\$"'\#]) (?:[^ \t\r\n;{\\$]++|\\[\s\S]|\$\{*+)*+ )
      | ( [;{}] )
      | ( "(?:[^"\\]++|\\[\s\S])*+" | '(?:[^'\\]++|\\[\s\S])*+' )
      | ( \#[^\n]*+ ) )""",
    re.VERBOSE,
)
_WORD, _MARK, _QUOTED = 1, 2, 3
_PLAIN_WORD = r"((?:\$(?!\{)|[^ \t\r\n;{}\\$\"'\#\x80-\xff])(?:[^ \t\r\n;{\\$\x80-\xff]++|\$(?!\{))*+)"
_PLAIN = re.compile(
    rf"[ \t\r\n]*+{_PLAIN_WORD}(?:[ \t]++{_PLAIN_WORD})?(?:[ \t]++{_PLAIN_WORD})?(?:[ \t]++{_PLAIN_WORD})?[ \t]*+([;{{])"
)
"""A whole directive as most are: up to four words of ASCII on one line, nothing quoted and nothing escaped."""
_ESCAPE = re.compile(r"\\([\"'\\trn])")
_UNESCAPED = {"t": "\t", "r": "\r", "n": "\n"}
_AFTER_QUOTE = " \t\r\n;{)"
_LUA = re.compile(
    r"""--\[(?P<remark>=*)\[[\s\S]*?\](?P=remark)\] | --[^\n]*
       | \[(?P<text>=*)\[[\s\S]*?\](?P=text)\]
       | "(?:\\[\s\S]|[^"\\\n])*" | '(?:\\[\s\S]|[^'\\\n])*'
       | (?P<brace>[{}])""",
    re.VERBOSE,
)


class Document(span.Document):
    """One file: its bytes and what nginx reads in them."""

    __slots__ = ()

    def with_data(self, data: bytes) -> Document:
        """The file with other bytes, read again; raises UnreadableConfig."""
        return read(data, self.path)


def read(data: bytes, path: str = "nginx.conf") -> Document:
    """Read a file, or raise UnreadableConfig where nginx itself could not tell what belongs to what."""
    reader = _Reader(path, data)
    reader.read()
    return Document(path, data, tuple(reader.blocks[0].children), tuple(reader.comments))


def _plain(raw: str) -> str:
    r"""A word, read as Latin-1, with its escapes undone: `\"`, `\'`, `\\`, `\t`, `\r`, `\n` and no other."""
    if "\\" in raw:
        raw = _ESCAPE.sub(lambda m: _UNESCAPED.get(m[1], m[1]), raw)
    return raw if raw.isascii() else decode(raw.encode("latin-1"))


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
        self.line = 1
        self.counted = 0

    def read(self) -> None:
        """Take token after token; a word only waits for the `;` or `{` that ends its directive."""
        text, match, position, plain_file = self.text, _TOKEN.match, 0, self.text.isascii()
        while True:
            position = position if self.words else self._plain(position)
            token = match(text, position)
            if token is None:
                break
            kind = token.lastindex or 0
            start, position = token.span(kind)
            if kind == _WORD:
                raw = token[_WORD]
                value = _plain(raw) if "\\" in raw or not plain_file else raw
                self.words.append(tuple.__new__(Word, (value, start, position, "")))  # half the time of Word(...)
            elif kind == _MARK:
                position = self._mark(text[start], start)
            elif kind == _QUOTED:
                self.words.append(Word(_plain(text[start + 1 : position - 1]), start, position, text[start]))
                if text[position : position + 1] not in _AFTER_QUOTE:
                    raise self._unreadable(position, f'unexpected "{text[position]}" after a quoted word')
            else:
                self.comments.append(Comment(start, position, self._line_of(start)))
        self._finish(position)

    def _plain(self, position: int) -> int:
        """Take the plain directives that follow one another: the same as token by token, in half the time."""
        text, new = self.text, tuple.__new__
        while whole := _PLAIN.match(text, position):
            *spans, (mark, position) = whole.regs[1:]
            words = tuple([new(Word, (text[start:end], start, end, "")) for start, end in spans if end > 0])
            first = words[0]
            line = self._line_of(first.start)
            if text[mark] == "{":
                position = self._open(mark, words, line)
            else:
                directive = (first.value, words, line, first.start, position, None, None, (), False)
                self.blocks[-1].children.append(new(Directive, directive))
        return position

    def _finish(self, position: int) -> None:
        rest = self.text[position:].lstrip(" \t\r\n")
        if rest:
            what = "a quote that does not close" if rest[0] in "\"'" else "a word that does not end"
            raise self._unreadable(len(self.text) - len(rest), what)
        if self.words:
            raise self._unreadable(self.words[0].start, f'"{self.words[0].value}" has no ";" or "{{"')
        if len(self.blocks) > 1:
            block = self.blocks[-1]
            raise UnreadableConfig(self.path, block.line, f'"{block.words[0].value}" opens a block that does not close')

    def _mark(self, mark: str, at: int) -> int:
        if mark == "}":
            self._close(at)
        elif not self.words:
            raise self._unreadable(at, f'unexpected "{mark}"')
        elif mark == ";":
            words, line = self._take()
            self.blocks[-1].children.append(Directive(words[0].value, words, line, words[0].start, at + 1))
        else:
            return self._open(at, *self._take())
        return at + 1

    def _open(self, at: int, words: tuple[Word, ...], line: int) -> int:
        if not words[0].value.endswith("_by_lua_block"):
            self.blocks.append(_Block(words, line, at))
            return at + 1
        closes = self._end_of_lua(at, words[0].value)
        lua = Directive(words[0].value, words, line, words[0].start, closes + 1, at, closes, opaque=True)
        self.blocks[-1].children.append(lua)
        return closes + 1

    def _close(self, at: int) -> None:
        if self.words:
            raise self._unreadable(at, f'unexpected "}}": "{self.words[0].value}" has no ";"')
        if len(self.blocks) == 1:
            raise self._unreadable(at, 'unexpected "}"')
        block = self.blocks.pop()
        first = block.words[0]
        children = tuple(block.children)
        closed = Directive(first.value, block.words, block.line, first.start, at + 1, block.opens, at, children)
        self.blocks[-1].children.append(closed)

    def _end_of_lua(self, at: int, name: str) -> int:
        depth = 0
        for token in _LUA.finditer(self.text, at):
            if token["brace"]:
                depth += 1 if token["brace"] == "{" else -1
                if depth == 0:
                    return token.start()
        raise self._unreadable(at, f'"{name}" opens a block that does not close')

    def _take(self) -> tuple[tuple[Word, ...], int]:
        words, self.words = tuple(self.words), []
        return words, self._line_of(words[0].start)

    def _line_of(self, offset: int) -> int:
        if offset < self.counted:
            return 1 + self.text.count("\n", 0, offset)
        self.line += self.text.count("\n", self.counted, offset)
        self.counted = offset
        return self.line

    def _unreadable(self, offset: int, reason: str) -> UnreadableConfig:
        return UnreadableConfig(self.path, self._line_of(offset), reason)
