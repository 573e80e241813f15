r"""HAProxy's configuration syntax, read without losing a byte: every word, line and comment with its place.

The grammar is that of parse_line (src/tools.c) and of the manual's section 2.2: one directive a line; `#` begins a comment
wherever it is not quoted; a backslash escapes a blank, a quote, `#`, `$` in weak quotes and itself, and stays before anything
else, so that `\1` reaches a regular expression; nothing is escaped in strong quotes. Sections are not closed, so the lines of a
file stand side by side; which section a line belongs to is told by the tree.
"""

from __future__ import annotations

import re

from wsfix.drivers import span
from wsfix.drivers.span import Comment, Directive, Word
from wsfix.drivers.text import decode
from wsfix.errors import UnreadableConfig

_LINE = re.compile(r"([^\n]*)\n?")
_BARE = re.compile(r"[^ \t\v\f\r]+")
_SPECIAL = re.compile(r"[\"'\\#]")
_PIECE = re.compile(
    r"""(?P<escape>\\(?:x[0-9A-Fa-f]{2}|.)?)|(?P<quote>["'])|(?P<comment>\#)|(?P<blank>[ \t\v\f]+)|(?P<end>\r)|(?P<text>[^"'\\\# \t\v\f\r]+)""",
    re.VERBOSE,
)
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", " ": " ", "\\": "\\", "#": "#", "'": "'", '"': '"'}
_TOP = (".if", ".elif", ".else", ".endif")


class Document(span.Document):
    """One file: its bytes and what HAProxy reads in them."""

    __slots__ = ()

    def with_data(self, data: bytes) -> Document:
        """The file with other bytes, read again; raises UnreadableConfig."""
        return read(data, self.path)


def read(data: bytes, path: str = "haproxy.cfg") -> Document:
    """Read a file, or raise UnreadableConfig where a quote or an `.if` is not closed."""
    text = data.decode("latin-1")
    directives: list[Directive] = []
    comments: list[Comment] = []
    for number, found in enumerate(_LINE.finditer(text), 1):
        line, start = found[1], found.start()
        words, comment = _words(line, start, path, number) if line.strip() else ([], None)
        if comment is not None:
            comments.append(Comment(comment, start + len(line.rstrip("\r")), number))
        if words:
            name = words[0].value
            directives.append(Directive(name, tuple(words), number, words[0].start, words[-1].end))
    _nesting(directives, path)
    return Document(path, data, tuple(directives), tuple(comments))


def _nesting(directives: list[Directive], path: str) -> None:
    """Refuse conditional blocks that are not closed, or closed without having been opened (section 2.4)."""
    opened: list[int] = []
    for directive in directives:
        if directive.name == ".if":
            opened.append(directive.line)
        elif directive.name in _TOP and not opened:
            raise UnreadableConfig(path, directive.line, f"{directive.name} without .if")
        elif directive.name == ".endif":
            opened.pop()
    if opened:
        raise UnreadableConfig(path, opened[-1], "the .if is not closed")


def _words(line: str, base: int, path: str, number: int) -> tuple[list[Word], int | None]:
    """The words of one line, and where its comment begins."""
    if not _SPECIAL.search(line):
        line = line.split("\r", 1)[0]
        return [Word(_shown(m[0]), base + m.start(), base + m.end()) for m in _BARE.finditer(line)], None
    return _Line(line, base, path, number).read()


class _Line:
    """One line with quotes, escapes or a comment."""

    def __init__(self, line: str, base: int, path: str, number: int) -> None:
        self.line, self.base, self.path, self.number = line, base, path, number
        self.words: list[Word] = []
        self.value = ""
        self.start: int | None = None
        self.quote = ""
        self.quoted = ""

    def read(self) -> tuple[list[Word], int | None]:
        """Take piece after piece."""
        for found in _PIECE.finditer(self.line):
            at, piece, kind = found.start(), found[0], found.lastgroup
            if kind == "comment" and not self.quote:
                self._end(at)
                return self.words, self.base + at
            if (kind == "blank" and not self.quote) or kind == "end":
                self._end(at)
                if kind == "end":
                    break
                continue
            self.start = at if self.start is None else self.start
            if kind == "quote" and self.quote in {"", piece}:
                self.quote, self.quoted = ("" if self.quote else piece), piece
            elif kind == "escape" and self.quote != "'":
                self.value += self._escaped(piece)
            elif kind == "escape" and piece.endswith("'"):
                self.value, self.quote = self.value + piece[:-1], ""  # nothing is escaped in strong quotes
            else:
                self.value += piece
        if self.quote:
            raise UnreadableConfig(self.path, self.number, f"the quote {self.quote} is not closed")
        self._end(len(self.line))
        return self.words, None

    def _escaped(self, piece: str) -> str:
        after = piece[1:]
        if after.startswith("x") and len(after) > 1:
            return chr(int(after[1:], 16))
        if after == "$" and self.quote == '"':
            return "$"
        return _ESCAPES.get(after, piece)

    def _end(self, at: int) -> None:
        if self.start is not None:
            word = Word(_shown(self.value), self.base + self.start, self.base + at, self.quoted)
            self.words.append(word)
        self.value, self.start, self.quoted = "", None, ""


def _shown(text: str) -> str:
    return text if text.isascii() else decode(text.encode("latin-1", "replace"))


def written(word: str, quote: str = "") -> str:
    """A word as one may write it: bare, or in strong quotes where HAProxy would not read it bare."""
    if quote == "'" and "'" not in word:
        return f"'{word}'"
    if quote == '"':
        return '"' + re.sub(r'(["\\])(?!\d)', r"\\\1", word) + '"'
    if word and not re.search(r"[\s\"'#]|\\(?!\d)", word):
        return word
    return f"'{word}'" if "'" not in word else '"' + re.sub(r'(["\\$])', r"\\\1", word) + '"'
