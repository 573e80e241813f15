"""Changes to a file of Apache as splices of bytes: the user's spacing, comments and line endings stay as they are.

A primitive takes a Document and returns the one that results.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from wsfix.drivers import splicing
from wsfix.drivers.apache.syntax import Document
from wsfix.drivers.span import Directive, Word
from wsfix.drivers.splicing import append, checked, closes, cut, indented, insert, outline, unit
from wsfix.drivers.text import above_comments, encode, ending_at, indent_at, line_start
from wsfix.errors import CannotEdit

_LINE_REST = re.compile(rb"[ \t\r\f\v]*(?:\n|$)")


def insert_before(
    document: Document, directive: Directive, lines: Sequence[str], *, over_comments: bool = False, blank: bool = False
) -> Document:
    """Put lines before a directive, and before the comments right above it if `over_comments`; then a `blank` line."""
    data = document.data
    at = line_start(data, directive.start)
    if over_comments:
        at = above_comments(data, at)
    ending = ending_at(data, directive.start)
    text = indented(document, lines, indent_at(data, directive.start), ending) + (ending if blank else b"")
    return insert(document, at, text, lines)


def insert_after(document: Document, directive: Directive, lines: Sequence[str]) -> Document:
    """Put lines after the line on which a directive ends."""
    data = document.data
    ending = ending_at(data, directive.start)
    text = indented(document, lines, indent_at(data, directive.start), ending)
    return _insert_at_line_end(document, directive.end, text, ending, lines)


def insert_first(document: Document, block: Directive, lines: Sequence[str]) -> Document:
    """Put lines right after the opening tag of a section."""
    ending = ending_at(document.data, block.start)
    text = indented(document, lines, _child_indent(document, block), ending)
    return _insert_at_line_end(document, block.opens or 0, text, ending, lines)


def insert_last(document: Document, block: Directive | None, lines: Sequence[str], *, blank: bool = False) -> Document:
    """Put lines at the end of a section, or of the file; after a `blank` line if something stands there."""
    if block is None:
        return append(document, lines, blank=blank)
    data, at = document.data, closes(block)
    ending = ending_at(data, at)
    text = indented(document, lines, _child_indent(document, block), ending)
    return insert(document, line_start(data, at), (ending if blank and block.children else b"") + text, lines)


def replace_arguments(document: Document, directive: Directive, arguments: Sequence[str]) -> Document:
    """Give a directive other arguments, told as Apache shall read them; words that stay are not touched."""

    def written(gone: Sequence[Word], come: Sequence[str]) -> bytes:
        quotes = [word.quote for word in gone] + [""] * len(come)
        return encode(" ".join(quoted(word, quote, directive.name) for word, quote in zip(come, quotes, strict=False)))

    return splicing.replace_arguments(document, directive, arguments, written)


def delete(document: Document, directive: Directive) -> Document:
    """Take a directive away with its lines."""
    start, end = _lines_of(document, directive)
    return cut(document, directive, start, end)


def move_before(document: Document, directive: Directive, other: Directive) -> Document:
    """Move the lines of a directive, and the comments right above a section, to before another of the same level."""
    start, end = _lines_of(document, directive)
    start = above_comments(document.data, start) if directive.is_block else start
    at = line_start(document.data, other.start)
    at = above_comments(document.data, at) if directive.is_block and other.is_block else at
    if not at <= start:
        raise CannotEdit(f"{document.path}:{directive.line}: it stands before line {other.line} already")
    moved = document.data[start:end]
    if not moved.endswith(b"\n"):
        moved += ending_at(document.data, directive.start)
    items = outline(document)
    mine = [item for item in items if start <= item.start < end]
    expected = [i for i in items if i.start < at] + mine + [i for i in items if i.start >= at and i not in mine]
    text = moved + document.data[at:start]
    return checked(document, at, end, text, expected)


def quoted(word: str, quote: str = "", name: str = "") -> str:
    """A word as one may write it: in its old quotes, or in double ones where Apache would not read it bare."""
    bare = bool(word) and not re.search(r"\s", word) and word[0] not in "\"'"
    if name in {"rewriterule", "rewritecond"}:
        if bare and not quote:
            return word
        quote = quote or '"'
        return quote + word + quote
    if bare and not quote:
        return re.sub(r"\\(?=\\)", r"\\\\", word) if "\\\\" in word else word
    quote = quote or '"'
    return quote + re.sub(rf"\\(?=[\\{quote}]|$)|{quote}", lambda m: "\\" + m[0], word) + quote


def _insert_at_line_end(document: Document, end: int, text: bytes, ending: bytes, lines: Sequence[str]) -> Document:
    rest = _LINE_REST.match(document.data, end)
    at = rest.end() if rest else end
    if rest is None or not rest[0].endswith(b"\n"):
        text = ending + text.removesuffix(ending)
    return insert(document, at, text, lines)


def _lines_of(document: Document, directive: Directive) -> tuple[int, int]:
    rest = _LINE_REST.match(document.data, directive.end)
    return line_start(document.data, directive.start), rest.end() if rest else directive.end


def _child_indent(document: Document, block: Directive) -> bytes:
    if block.children:
        return indent_at(document.data, block.children[-1].start)
    return indent_at(document.data, block.start) + encode(unit(document))
