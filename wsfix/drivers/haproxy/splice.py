"""Changes to a file of HAProxy as splices of bytes: the user's spacing, comments and line endings stay as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wsfix.drivers import splicing
from wsfix.drivers.haproxy.syntax import Document, written
from wsfix.drivers.span import Directive, Word
from wsfix.drivers.splicing import checked, cut, indented, insert, outline
from wsfix.drivers.text import above_comments, encode, ending_at, indent_at, line_start, stands_first

__all__ = [
    "append",
    "checked",
    "delete",
    "insert_after",
    "insert_before",
    "move_before",
    "outline",
    "replace_arguments",
]
_LINE_REST = re.compile(rb"[^\n]*(?:\n|$)")


def append(document: Document, lines: Sequence[str]) -> Document:
    """Put lines, as they are indented, at the end of the file after an empty one."""
    data = document.data
    ending = ending_at(data, len(data))
    lead = b"" if not data or data.endswith(b"\n") else ending
    return insert(document, len(data), lead + ending + b"".join(encode(line) + ending for line in lines), lines)


def insert_before(
    document: Document, directive: Directive, lines: Sequence[str], *, over_comments: bool = False
) -> Document:
    """Put lines before a directive, and before the comments right above it if `over_comments`."""
    data = document.data
    at = line_start(data, directive.start)
    indent = indent_at(data, directive.start)
    if over_comments:
        at = above_comments(data, at)
    return insert(document, at, indented(document, lines, indent, ending_at(data, directive.start)), lines)


def insert_after(
    document: Document, directive: Directive, lines: Sequence[str], *, indent: bytes | None = None
) -> Document:
    """Put lines after the line of a directive; `indent` where they are not to stand as it does."""
    data = document.data
    ending = ending_at(data, directive.start)
    lead = indent_at(data, directive.start) if indent is None else indent
    text = indented(document, lines, lead, ending)
    rest = _LINE_REST.match(data, directive.end)
    at = rest.end() if rest else len(data)
    if at == len(data) and not data.endswith(b"\n"):
        text = ending + text.removesuffix(ending)
    return insert(document, at, text, lines)


def replace_arguments(document: Document, directive: Directive, arguments: Sequence[str]) -> Document:
    """Give a directive other arguments; words that stay are not touched."""

    def words(gone: Sequence[Word], come: Sequence[str]) -> bytes:
        quotes = [word.quote for word in gone] + [""] * len(come)
        return encode(" ".join(written(word, quote) for word, quote in zip(come, quotes, strict=False)))

    return splicing.replace_arguments(document, directive, arguments, words)


def delete(document: Document, directive: Directive) -> Document:
    """Take a directive away with its line."""
    data = document.data
    rest = _LINE_REST.match(data, directive.end)
    start = line_start(data, directive.start)
    end = rest.end() if rest else len(data)
    if any(start <= comment.start < end for comment in document.comments):
        end = directive.end
        start = directive.start
    return cut(document, directive, start, end)


def move_before(document: Document, directive: Directive, other: Directive) -> Document:
    """Move the line of a directive to before that of an earlier one."""
    data = document.data
    start, at = line_start(data, directive.start), line_start(data, other.start)
    rest = _LINE_REST.match(data, directive.end)
    end = rest.end() if rest else len(data)
    moved = data[start:end]
    if not moved.endswith(b"\n"):
        moved += ending_at(data, directive.start)
    items = outline(document)
    mine = [item for item in items if start <= item.start < end]
    expected = [i for i in items if i.start < at] + mine + [i for i in items if i.start >= at and i not in mine]
    return checked(document, at, end, moved + data[at:start], expected)


def body_indent(document: Document, head: Directive, children: Sequence[Directive]) -> bytes:
    """The indentation of a section's lines: that of its last line that stands first on its own, else four spaces."""
    for child in reversed(children):
        if stands_first(document.data, child.start):
            return indent_at(document.data, child.start)
    return indent_at(document.data, head.start) + b"    "
