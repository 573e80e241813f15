"""Changes to a Caddyfile as splices of bytes: the user's spacing, comments and line endings stay as they are.

A directive of a Caddyfile is a line; a place in the middle of one is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from wsfix.drivers import splicing
from wsfix.drivers.caddy.syntax import Document
from wsfix.drivers.span import Directive, Word
from wsfix.drivers.splicing import append, closes, cut, indented, insert, unit
from wsfix.drivers.text import above_comments, encode, ending_at, indent_at, line_start, stands_first
from wsfix.errors import CannotEdit

_LINE_REST = re.compile(rb"[ \t\r]*(?:#[^\n]*)?(?:\n|$)")


def insert_before(
    document: Document, directive: Directive, lines: Sequence[str], *, over_comments: bool = False, blank: bool = False
) -> Document:
    """Put lines before a directive, and before the comments right above it if `over_comments`; then a `blank` line."""
    data, at = document.data, directive.start
    if not stands_first(data, at):
        raise _within_a_line(document, directive)
    indent, at = indent_at(data, at), line_start(data, at)
    if over_comments:
        at = above_comments(data, at)
    ending = ending_at(data, directive.start)
    return insert(document, at, indented(document, lines, indent, ending) + (ending if blank else b""), lines)


def insert_after(document: Document, directive: Directive, lines: Sequence[str]) -> Document:
    """Put lines after the line on which a directive ends."""
    data = document.data
    rest = _LINE_REST.match(data, directive.end)
    if rest is None or not stands_first(data, directive.start):
        raise _within_a_line(document, directive)
    ending = ending_at(data, directive.start)
    text = indented(document, lines, indent_at(data, directive.start), ending)
    if not rest[0].endswith(b"\n"):
        text = ending + text.removesuffix(ending)
    return insert(document, rest.end(), text, lines)


def insert_first(document: Document, block: Directive, lines: Sequence[str]) -> Document:
    """Put lines at the start of a block."""
    if block.children:
        return insert_before(document, block.children[0], lines, over_comments=True)
    return insert_last(document, block, lines)


def insert_last(document: Document, block: Directive | None, lines: Sequence[str], *, blank: bool = False) -> Document:
    """Put lines at the end of a block, or of the file; after a `blank` line if something stands there."""
    if block is None:
        return append(document, lines, blank=blank)
    data, at = document.data, closes(block)
    if not stands_first(data, at):
        raise _within_a_line(document, block)
    ending = ending_at(data, at)
    text = indented(document, lines, _child_indent(document, block), ending)
    return insert(document, line_start(data, at), (ending if blank and block.children else b"") + text, lines)


def open_block(document: Document, directive: Directive, lines: Sequence[str]) -> Document:
    """Give a directive a block with these lines, or put them at the end of the one that it has."""
    if directive.is_block:
        return insert_last(document, directive, lines)
    data = document.data
    rest = _LINE_REST.match(data, directive.end)
    if rest is None or b"#" in rest[0] or not stands_first(data, directive.start):
        raise _within_a_line(document, directive)
    indent, ending = indent_at(data, directive.start), ending_at(data, directive.start)
    text = b" {" + ending + indented(document, [f"\t{line}" for line in lines], indent, ending) + indent + b"}"
    added = splicing.outline(document.with_data(encode("\n".join(lines)) + b"\n"))
    expected: list[splicing.Item] = []
    for item in splicing.outline(document):
        if item.start != directive.start:
            expected.append(item)
            continue
        deeper = [one._replace(depth=one.depth + item.depth + 1) for one in added]
        expected += [item._replace(is_block=True), *deeper]
    return splicing.checked(document, directive.end, directive.end, text, expected)


def replace_arguments(document: Document, directive: Directive, arguments: Sequence[str]) -> Document:
    """Give a directive other arguments, told as Caddy shall read them; words that stay are not touched."""
    return splicing.replace_arguments(document, directive, arguments, _written)


def replace_word(document: Document, directive: Directive, old: Word, value: str) -> Document:
    """Give one word of a directive, its name included, another value."""
    expected = [
        item._replace(words=tuple(value if word is old else word.value for word in directive.words))
        if item.start == directive.start
        else item
        for item in splicing.outline(document)
    ]
    return splicing.checked(document, old.start, old.end, encode(quoted(value)), expected)


def delete(document: Document, directive: Directive) -> Document:
    """Take a directive away, with its line."""
    data, start, end = document.data, directive.start, directive.end
    rest = _LINE_REST.match(data, end)
    if rest is None or b"#" in rest[0] or not stands_first(data, start):
        raise _within_a_line(document, directive)
    return cut(document, directive, line_start(data, start), rest.end())


def rewrite(document: Document, directive: Directive, lines: Sequence[str]) -> Document:
    """Put lines in the place of a directive; no comment may stand within it."""
    if any(directive.start < comment.start < directive.end for comment in document.comments):
        raise CannotEdit(f"{document.path}:{directive.line}: a comment stands within {directive.name}")
    data, at = document.data, line_start(document.data, directive.start)
    if not stands_first(data, directive.start):
        raise _within_a_line(document, directive)
    indent, ending = indent_at(data, directive.start), ending_at(data, directive.start)
    text = indented(document, lines, indent, ending)
    shorter = delete(document, directive)
    return insert(shorter, at, text, lines)


def lines_of(document: Document, directive: Directive, depth: int = 0) -> list[str]:
    """A directive as lines, its words as they are written; each leading tab stands for one level."""
    words = [document.raw(word).decode("utf-8", "surrogateescape") for word in directive.words]
    head = "\t" * depth + " ".join(words)
    if not directive.is_block:
        return [head]
    inner = [line for child in directive.children for line in lines_of(document, child, depth + 1)]
    return [f"{head} {{", *inner, "\t" * depth + "}"]


def quoted(word: str) -> str:
    """A word as one may write it: quoted where Caddy would not read it bare."""
    if word and not re.search(r"[\s\"`\\]", word) and word[0] != "#" and word not in {"{", "}"}:
        return word
    return f"`{word}`" if '"' in word and "`" not in word else '"' + word.replace('"', '\\"') + '"'


def _written(_gone: Sequence[Word], come: Sequence[str]) -> bytes:
    return encode(" ".join(quoted(argument) for argument in come))


def _within_a_line(document: Document, directive: Directive) -> CannotEdit:
    return CannotEdit(f"{document.path}:{directive.line}: {directive.name} shares its line with something else")


def _child_indent(document: Document, block: Directive) -> bytes:
    data = document.data
    children = [child for child in block.children if stands_first(data, child.start)]
    if children:
        return indent_at(data, children[-1].start)
    return indent_at(data, closes(block)) + encode(unit(document))
