"""Apache's configuration syntax, read without losing a byte: every word, directive, section and comment with its place.

The grammar is that of ap_cfg_getline and ap_getword_conf (server/util.c) and of ap_build_config (server/config.c): one directive
a line, a backslash at the end joins two lines, in comments, words and tags too; a section's tag ends at the last `>` of its
line. RewriteRule and RewriteCond split their words by themselves (parseargline in mod_rewrite.c). Bodies of `<Perl>` and of
mod_lua's sections are opaque.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wsfix.drivers import span
from wsfix.drivers.span import Comment, Directive, Word
from wsfix.drivers.text import decode
from wsfix.errors import UnreadableConfig

_LINE = re.compile(r"(?P<blank>(?:[ \t\r\f\v]|\\\r?\n)*+)(?P<body>(?:[^\\\n]++|\\\r?\n|\\)*+)\n?")
_JOIN = re.compile(r"\\\r?\n")
_WORD = re.compile(r"""\s*+ (?: ( "(?:\\["\\]|[^"])*+"? | '(?:\\['\\]|[^'])*+'? ) | (\S++) )""", re.VERBOSE)
_REWRITE = re.compile(r"""\s*+ (?: ( "(?:\\\s|[^"])*+"? | '(?:\\\s|[^'])*+'? ) | ((?:\\\s|\S)++) )""", re.VERBOSE)
_SPLIT_BY_THEMSELVES = ("rewriterule", "rewritecond")
_ESCAPE = {"": re.compile(r"\\(\\)"), '"': re.compile(r'\\([\\"])'), "'": re.compile(r"\\([\\'])")}


class Document(span.Document):
    """One file: its bytes and what Apache reads in them."""

    __slots__ = ()

    def with_data(self, data: bytes) -> Document:
        """The file with other bytes, read again; raises UnreadableConfig."""
        return read(data, self.path)

    def head(self, directive: Directive) -> str:
        """The logical line of a directive: the joined lines of its words, or of its opening tag."""
        end = directive.end if directive.opens is None else directive.opens
        return decode(re.sub(rb"\\\r?\n", b"", self.data[directive.start : end]))


def read(data: bytes, path: str = "apache2.conf") -> Document:
    """Read a file, or raise UnreadableConfig where it is not clear what belongs to what."""
    reader = _Reader(path, data)
    reader.read()
    return Document(path, data, tuple(reader.blocks[0].children), tuple(reader.comments))


def split(line: str) -> tuple[str, ...]:
    """The values of the words of one logical line; those of a tag without its brackets."""
    body = line[1:].rpartition(">")[0] if line.startswith("<") else line
    return tuple(word.value for word in _words(body, 0))


def _words(text: str, base: int) -> tuple[Word, ...]:
    """The words of a line without joins, which begins at an offset."""
    words: list[Word] = []
    pattern, position = _WORD, 0
    while found := pattern.match(text, position):
        kind = found.lastindex or 0
        start, position = found.span(kind)
        raw, quote = found[kind], ""
        if kind == 1:
            quote = raw[0]
            raw = raw[1:-1] if len(raw) > 1 and raw.endswith(quote) and not _is_open(raw, pattern) else raw[1:]
        if "\\" in raw and pattern is _WORD:
            raw = _ESCAPE[quote].sub(r"\1", raw)
        words.append(Word(raw, base + start, base + position, quote))
        if len(words) == 1 and raw.lower() in _SPLIT_BY_THEMSELVES:
            pattern = _REWRITE
    return tuple(words)


def _is_open(raw: str, pattern: re.Pattern[str]) -> bool:
    """Whether the quote at the end of a quoted word is an escaped one."""
    if pattern is not _WORD:
        return False
    return bool(re.search(r"(?<!\\)(?:\\\\)*\\.$", raw, re.DOTALL))


@dataclass(slots=True)
class _Block:
    """A section that is still open, or the file itself."""

    words: tuple[Word, ...] = ()
    line: int = 1
    start: int = 0
    opens: int = 0
    children: list[Directive] = field(default_factory=list)


class _Reader:
    """One pass over a file as Latin-1, so that offsets count bytes; the stack of open sections replaces recursion."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.text = data.decode("latin-1")
        self.blocks = [_Block()]
        self.comments: list[Comment] = []
        self.line = 1

    def read(self) -> None:
        """Take logical line after logical line."""
        text, match, position, end = self.text, _LINE.match, 0, len(self.text)
        while position < end:
            found = match(text, position)
            if found is None:
                break
            start = found.start("body")
            body = found["body"].rstrip(" \t\r\f\v\n")
            line = self.line + text.count("\n", position, start)
            position = self._take(body, start, line, found.end()) if body else found.end()
            self.line += text.count("\n", found.start(), position)
        if len(self.blocks) > 1:
            block = self.blocks[-1]
            raise UnreadableConfig(self.path, block.line, f"<{block.words[0].value}> is not closed")

    def _take(self, body: str, start: int, line: int, after: int) -> int:
        """Read one logical line and return the offset at which to go on."""
        end = start + len(body)
        if body[0] == "#":
            self.comments.append(Comment(start, end, line))
        elif body[0] != "<":
            words = self._split(body, start)
            self.blocks[-1].children.append(Directive(words[0].value.lower(), words, line, start, end))
        elif body[1:2] == "/":
            self._close(body, start, end, line)
        else:
            return self._open(body, start, end, line, after)
        return after

    def _open(self, body: str, start: int, end: int, line: int, after: int) -> int:
        inner, bracket, _ = body[1:].rpartition(">")
        words = self._split(inner, start + 1) if bracket and not inner[:1].isspace() else ()
        if not words:
            raise UnreadableConfig(self.path, line, f"{_shown(body)}: the tag has no name, or no >")
        name = words[0].value.lower()
        if name == "perl" or name.startswith("lua"):
            return self._opaque(words, start, end, line, after)
        self.blocks.append(_Block(words, line, start, end))
        return after

    def _opaque(self, words: tuple[Word, ...], start: int, end: int, line: int, after: int) -> int:
        closing = re.compile(rf"^[ \t]*(</{re.escape(words[0].value)}>)[ \t\r]*$", re.MULTILINE | re.IGNORECASE)
        found = closing.search(self.text, after)
        if found is None:
            raise UnreadableConfig(self.path, line, f"<{words[0].value}> is not closed")
        name = words[0].value.lower()
        opaque = Directive(name, words, line, start, found.end(1), end, found.start(1), opaque=True)
        self.blocks[-1].children.append(opaque)
        return min(len(self.text), found.end() + 1)

    def _close(self, body: str, start: int, end: int, line: int) -> None:
        tag = _JOIN.sub("", body).split(None, 1)[0]
        if len(self.blocks) == 1:
            raise UnreadableConfig(self.path, line, f"{_shown(tag)} closes what was not opened")
        block = self.blocks[-1]
        name = block.words[0].value
        if tag.lower() != f"</{name.lower()}>":
            raise UnreadableConfig(self.path, line, f"{_shown(tag)} where </{name}> should be")
        self.blocks.pop()
        children = tuple(block.children)
        closed = Directive(name.lower(), block.words, block.line, block.start, end, block.opens, start, children)
        self.blocks[-1].children.append(closed)

    def _split(self, body: str, start: int) -> tuple[Word, ...]:
        words = self._joined(body, start) if "\\\n" in body or "\\\r\n" in body else _words(body, start)
        if body.isascii():
            return words
        return tuple(word._replace(value=_shown(word.value)) for word in words)

    @staticmethod
    def _joined(body: str, start: int) -> tuple[Word, ...]:
        joined, position = "", 0
        offsets: list[int] = []
        for join in (*_JOIN.finditer(body), None):
            stop = join.start() if join else len(body)
            joined += body[position:stop]
            offsets += range(start + position, start + stop)
            position = join.end() if join else stop
        return tuple(
            Word(word.value, offsets[word.start], offsets[word.end - 1] + 1, word.quote) for word in _words(joined, 0)
        )


def _shown(text: str) -> str:
    return decode(text.encode("latin-1"))
