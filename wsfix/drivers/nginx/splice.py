"""Changes to a file of nginx as splices of bytes: the user's spacing, comments and line endings stay as they are.

A primitive takes a Document and returns the one that results.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from wsfix.drivers import splicing
from wsfix.drivers.nginx.syntax import Document
from wsfix.drivers.span import Directive, Word
from wsfix.drivers.splicing import append, closes, cut, indented, insert, unit
from wsfix.drivers.text import above_comments, encode, ending_at, indent_at, line_start, stands_first

_LINE_REST = re.compile(rb"[ \t]*(?:#[^\n]*)?(?:\r?\n|$)")


def insert_before(
    document: Document, directive: Directive, lines: Sequence[str], *, over_comments: bool = False, blank: bool = False
) -> Document:
    """Put lines before a directive, and before the comments right above it if `over_comments`; then a `blank` line."""
    data, at = document.data, directive.start
    if not stands_first(data, at):
        inline = _on_one_line(lines)
        return insert(document, at, encode(" ".join(inline) + " "), inline)
    indent, at = indent_at(data, at), line_start(data, at)
    if over_comments:
        at = above_comments(data, at)
    ending = ending_at(data, directive.start)
    text = indented(document, lines, indent, ending) + (ending if blank else b"")
    return insert(document, at, text, lines)


def insert_after(document: Document, directive: Directive, lines: Sequence[str]) -> Document:
    """Put lines after the line on which a directive ends."""
    data = document.data
    rest = _LINE_REST.match(data, directive.end)
    if rest is None or not stands_first(data, directive.start):
        inline = _on_one_line(lines)
        return insert(document, directive.end, encode(" " + " ".join(inline)), inline)
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
        # The last child ends on the line of the brace: the text goes between them.
        space = b" " if data[at - 1 : at].strip() else b""
        inline = _on_one_line(lines)
        return insert(document, at, space + encode(" ".join(inline) + " "), inline)
    ending = ending_at(data, at)
    text = indented(document, lines, _child_indent(document, block), ending)
    return insert(document, line_start(data, at), (ending if blank and block.children else b"") + text, lines)


def replace_arguments(document: Document, directive: Directive, arguments: Sequence[str]) -> Document:
    """Give a directive other arguments, told as nginx shall read them; words that stay are not touched."""
    return splicing.replace_arguments(document, directive, arguments, _written)


def delete(document: Document, directive: Directive) -> Document:
    """Take a directive away, with its line when it stands alone on it."""
    data, start, end = document.data, directive.start, directive.end
    rest = _LINE_REST.match(data, end)
    if rest is not None and b"#" not in rest[0] and stands_first(data, start):
        start, end = line_start(data, start), rest.end()
    elif data[end : end + 1] in {b" ", b"\t"}:
        end += 1
    return cut(document, directive, start, end)


def quoted(word: str) -> str:
    """A word as one may write it: in double quotes where nginx would not read it bare."""
    if word and not re.search(r"[\s;{}\"'\\#]", word.replace("${", "")):
        return word
    if "{" in word and re.fullmatch(r"(?:[^\s;{}\"'\\#]|\$\{\w+\})+", word):
        return word
    if "\\" in word and '"' not in word:
        return f'"{word}"' if not re.search(r"\\[\\'\"trn]", word) else '"' + word.replace("\\", "\\\\") + '"'
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _written(_gone: Sequence[Word], come: Sequence[str]) -> bytes:
    return encode(" ".join(quoted(argument) for argument in come))


def _on_one_line(lines: Sequence[str]) -> list[str]:
    """Lines for the middle of a line: a comment would hide what follows, so comments are left out."""
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _child_indent(document: Document, block: Directive) -> bytes:
    data = document.data
    children = [child for child in block.children if stands_first(data, child.start)]
    if children:
        return indent_at(data, children[-1].start)
    return indent_at(data, closes(block)) + encode(unit(document))
