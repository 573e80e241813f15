"""Changes to a file of Apache as splices of bytes: the user's spacing, comments and line endings stay as they are.

A primitive takes a Document and returns the one that results. Before it does, it reads the new bytes and compares what Apache
would now see, directive by directive and comment by comment, with what was there and what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from wsfix.drivers.apache.syntax import Directive, Document, read
from wsfix.drivers.text import above_comments, alike, decode, encode, ending_at, indent_at, line_start
from wsfix.errors import CannotEdit, UnreadableConfig

_LINE_REST = re.compile(rb"[ \t\r\f\v]*(?:\n|$)")


class Item(NamedTuple):
    """One thing that Apache or a reader sees: a directive's words, or a comment's text."""

    start: int
    depth: int
    words: tuple[str, ...]
    is_block: bool


def outline(document: Document) -> list[Item]:
    """All that a file says, in its order, without the spacing."""
    items = [
        Item(comment.start, -1, (decode(document.data[comment.start : comment.end]),), is_block=False)
        for comment in document.comments
    ]

    def add(directive: Directive, depth: int) -> None:
        words = tuple(word.value for word in directive.words)
        if directive.opaque:
            words += (decode(document.data[directive.opens : directive.end]),)
        items.append(Item(directive.start, depth, words, directive.is_block))
        for child in directive.children:
            add(child, depth + 1)

    for directive in document.directives:
        add(directive, 0)
    return sorted(items)


def insert_before(
    document: Document, directive: Directive, lines: Sequence[str], *, over_comments: bool = False, blank: bool = False
) -> Document:
    """Put lines before a directive, and before the comments right above it if `over_comments`; then a `blank` line."""
    data = document.data
    at = line_start(data, directive.start)
    if over_comments:
        at = above_comments(data, at)
    ending = ending_at(data, directive.start)
    text = _indented(document, lines, indent_at(data, directive.start), ending) + (ending if blank else b"")
    return _insert(document, at, text, lines)


def insert_after(document: Document, directive: Directive, lines: Sequence[str]) -> Document:
    """Put lines after the line on which a directive ends."""
    data = document.data
    ending = ending_at(data, directive.start)
    text = _indented(document, lines, indent_at(data, directive.start), ending)
    return _insert_at_line_end(document, directive.end, text, ending, lines)


def insert_first(document: Document, block: Directive, lines: Sequence[str]) -> Document:
    """Put lines right after the opening tag of a section."""
    ending = ending_at(document.data, block.start)
    text = _indented(document, lines, _child_indent(document, block), ending)
    return _insert_at_line_end(document, block.opens or 0, text, ending, lines)


def insert_last(document: Document, block: Directive | None, lines: Sequence[str], *, blank: bool = False) -> Document:
    """Put lines at the end of a section, or of the file; after a `blank` line if something stands there."""
    data = document.data
    if block is None:
        ending = ending_at(data, len(data))
        lead = b"" if not data or data.endswith(b"\n") else ending
        lead += ending if blank and data.strip() else b""
        return _insert(document, len(data), lead + _indented(document, lines, b"", ending), lines)
    closes = _closes(block)
    ending = ending_at(data, closes)
    text = _indented(document, lines, _child_indent(document, block), ending)
    return _insert(document, line_start(data, closes), (ending if blank and block.children else b"") + text, lines)


def replace_arguments(document: Document, directive: Directive, arguments: Sequence[str]) -> Document:
    """Give a directive other arguments, told as Apache shall read them; words that stay are not touched."""
    old, new = directive.args, tuple(arguments)
    head = alike(old, new)
    tail = alike(old[head:][::-1], new[head:][::-1])
    gone, come = directive.words[1 + head : len(directive.words) - tail], new[head : len(new) - tail]
    quotes = [word.quote for word in gone] + [""] * len(come)
    written = encode(" ".join(quoted(word, quote, directive.name) for word, quote in zip(come, quotes, strict=False)))
    if gone and come:
        start, end, text = gone[0].start, gone[-1].end, written
    else:
        # Words that are only added follow the one before; words that only go take the space before them along.
        start = directive.words[head].end
        end, text = (gone[-1].end if gone else start), (b" " + written if come else b"")
    words = (directive.words[0].value, *new)
    expected = [item._replace(words=words) if item.start == directive.start else item for item in outline(document)]
    return _checked(document, start, end, text, expected)


def delete(document: Document, directive: Directive) -> Document:
    """Take a directive away with its lines."""
    start, end = _lines_of(document, directive)
    expected = [item for item in outline(document) if not directive.start <= item.start < directive.end]
    return _checked(document, start, end, b"", expected)


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
    return _checked(document, at, end, text, expected)


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


def unit(document: Document) -> str:
    """What one level of indentation is in this file: a tab, or as many spaces as most children stand further in."""
    steps: dict[str, int] = {}
    for parent in document.walk():
        outer = decode(indent_at(document.data, parent.start))
        for child in parent.children:
            inner = decode(indent_at(document.data, child.start))
            if inner.startswith(outer) and inner != outer:
                step = inner.removeprefix(outer)
                steps[step] = steps.get(step, 0) + 1
    return max(steps, key=lambda step: steps[step]) if steps else "    "


def _insert_at_line_end(document: Document, end: int, text: bytes, ending: bytes, lines: Sequence[str]) -> Document:
    rest = _LINE_REST.match(document.data, end)
    at = rest.end() if rest else end
    if rest is None or not rest[0].endswith(b"\n"):
        text = ending + text.removesuffix(ending)
    return _insert(document, at, text, lines)


def _insert(document: Document, at: int, text: bytes, lines: Sequence[str]) -> Document:
    try:
        new = outline(read(encode("\n".join(line.strip() for line in lines)) + b"\n"))
    except UnreadableConfig as error:
        raise CannotEdit(f"{document.path}: the lines to put in do not read: {error.reason}") from error
    depth = sum(
        1 for d in document.walk() if d.opens is not None and d.closes is not None and d.opens <= at <= d.closes
    )
    added = [item._replace(depth=item.depth + depth) if item.depth >= 0 else item for item in new]
    old = outline(document)
    expected = [*(i for i in old if i.start < at), *added, *(i for i in old if i.start >= at)]
    return _checked(document, at, at, text, expected)


def _checked(document: Document, start: int, end: int, text: bytes, expected: Sequence[Item]) -> Document:
    data = document.data[:start] + text + document.data[end:]
    line = 1 + document.data.count(b"\n", 0, start)
    try:
        result = read(data, document.path)
    except UnreadableConfig as error:
        raise CannotEdit(f"{document.path}:{line}: the change would not read: {error.reason}") from error
    if [item[1:] for item in outline(result)] != [item[1:] for item in expected]:
        raise CannotEdit(f"{document.path}:{line}: the change would alter more than it should")
    return result


def _lines_of(document: Document, directive: Directive) -> tuple[int, int]:
    rest = _LINE_REST.match(document.data, directive.end)
    return line_start(document.data, directive.start), rest.end() if rest else directive.end


def _closes(block: Directive) -> int:
    if block.closes is None:
        raise CannotEdit(f"{block.name} in line {block.line} is not a section")
    return block.closes


def _indented(document: Document, lines: Sequence[str], indent: bytes, ending: bytes) -> bytes:
    """Lines in bytes: each leading tab of a line stands for one level of this file's own indentation."""
    step, text = unit(document), b""
    for line in lines:
        body = line.lstrip("\t")
        text += (indent + encode(step * (len(line) - len(body)) + body) if body else b"") + ending
    return text


def _child_indent(document: Document, block: Directive) -> bytes:
    if block.children:
        return indent_at(document.data, block.children[-1].start)
    return indent_at(document.data, block.start) + encode(unit(document))
