"""Changes to a file of nginx as splices of bytes: the user's spacing, comments and line endings stay as they are.

A primitive takes a Document and returns the one that results. Before it does, it reads the new bytes and compares what nginx
would now see, directive by directive and comment by comment, with what was there and what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from wsfix.drivers.nginx.syntax import Directive, Document, read
from wsfix.drivers.text import above_comments, alike, decode, encode, ending_at, indent_at, line_start, stands_first
from wsfix.errors import CannotEdit, UnreadableConfig

_LINE_REST = re.compile(rb"[ \t]*(?:#[^\n]*)?(?:\r?\n|$)")


class Item(NamedTuple):
    """One thing that nginx or a reader sees: a directive's words, or a comment's text."""

    start: int
    depth: int
    words: tuple[str, ...]
    is_block: bool


def outline(document: Document) -> list[Item]:
    """All that a file says, in its order, without the spacing."""
    items = [
        Item(comment.start, -1, (decode(document.data[comment.start : comment.end]).rstrip("\r"),), is_block=False)
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
    data, at = document.data, directive.start
    if not stands_first(data, at):
        inline = _on_one_line(lines)
        return _insert(document, at, encode(" ".join(inline) + " "), inline)
    indent, at = indent_at(data, at), line_start(data, at)
    if over_comments:
        at = above_comments(data, at)
    ending = ending_at(data, directive.start)
    text = _indented(document, lines, indent, ending) + (ending if blank else b"")
    return _insert(document, at, text, lines)


def insert_after(document: Document, directive: Directive, lines: Sequence[str]) -> Document:
    """Put lines after the line on which a directive ends."""
    data = document.data
    rest = _LINE_REST.match(data, directive.end)
    if rest is None or not stands_first(data, directive.start):
        inline = _on_one_line(lines)
        return _insert(document, directive.end, encode(" " + " ".join(inline)), inline)
    ending = ending_at(data, directive.start)
    text = _indented(document, lines, indent_at(data, directive.start), ending)
    if not rest[0].endswith(b"\n"):
        text = ending + text.removesuffix(ending)
    return _insert(document, rest.end(), text, lines)


def insert_first(document: Document, block: Directive, lines: Sequence[str]) -> Document:
    """Put lines at the start of a block."""
    if block.children:
        return insert_before(document, block.children[0], lines, over_comments=True)
    return insert_last(document, block, lines)


def insert_last(document: Document, block: Directive | None, lines: Sequence[str], *, blank: bool = False) -> Document:
    """Put lines at the end of a block, or of the file; after a `blank` line if something stands there."""
    if block is None:
        return _append(document, lines, blank=blank)
    data, closes = document.data, _closes(block)
    if not stands_first(data, closes):
        # The last child ends on the line of the brace: the text goes between them.
        space = b" " if data[closes - 1 : closes].strip() else b""
        inline = _on_one_line(lines)
        return _insert(document, closes, space + encode(" ".join(inline) + " "), inline)
    ending = ending_at(data, closes)
    text = _indented(document, lines, _childindent_at(document, block), ending)
    return _insert(document, line_start(data, closes), (ending if blank and block.children else b"") + text, lines)


def replace_arguments(document: Document, directive: Directive, arguments: Sequence[str]) -> Document:
    """Give a directive other arguments, told as nginx shall read them; words that stay are not touched."""
    old, new = directive.args, tuple(arguments)
    head = alike(old, new)
    tail = alike(old[head:][::-1], new[head:][::-1])
    gone, come = directive.words[1 + head : len(directive.words) - tail], new[head : len(new) - tail]
    if gone and come:
        start, end, text = gone[0].start, gone[-1].end, _written(come)
    else:
        # Words that are only added follow the one before; words that only go take the space before them along.
        start = directive.words[head].end
        end, text = (gone[-1].end if gone else start), (b" " + _written(come) if come else b"")
    if any(start < comment.start < end for comment in document.comments):
        raise CannotEdit(f"{document.path}:{directive.line}: a comment stands between the words of {directive.name}")
    words = (directive.name, *new)
    expected = [item._replace(words=words) if item.start == directive.start else item for item in outline(document)]
    return _checked(document, start, end, text, expected)


def delete(document: Document, directive: Directive) -> Document:
    """Take a directive away, with its line when it stands alone on it."""
    data, start, end = document.data, directive.start, directive.end
    rest = _LINE_REST.match(data, end)
    if rest is not None and b"#" not in rest[0] and stands_first(data, start):
        start, end = line_start(data, start), rest.end()
    elif data[end : end + 1] in {b" ", b"\t"}:
        end += 1
    expected = [item for item in outline(document) if not directive.start <= item.start < directive.end]
    return _checked(document, start, end, b"", expected)


def quoted(word: str) -> str:
    """A word as one may write it: in double quotes where nginx would not read it bare."""
    if word and not re.search(r"[\s;{}\"'\\#]", word.replace("${", "")):
        return word
    if "{" in word and re.fullmatch(r"(?:[^\s;{}\"'\\#]|\$\{\w+\})+", word):
        return word
    if "\\" in word and '"' not in word:
        return f'"{word}"' if not re.search(r"\\[\\'\"trn]", word) else '"' + word.replace("\\", "\\\\") + '"'
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unit(document: Document) -> str:
    """What one level of indentation is in this file: a tab, or as many spaces as most children stand further in."""
    steps: dict[str, int] = {}
    for parent in document.walk():
        outer = decode(indent_at(document.data, parent.start))
        for child in parent.children:
            inner = decode(indent_at(document.data, child.start))
            if stands_first(document.data, child.start) and inner.startswith(outer) and inner != outer:
                step = inner.removeprefix(outer)
                steps[step] = steps.get(step, 0) + 1
    return max(steps, key=lambda step: steps[step]) if steps else "    "


def _insert(document: Document, at: int, text: bytes, lines: Sequence[str]) -> Document:
    try:
        new = outline(read(encode("\n".join(lines)) + b"\n"))
    except UnreadableConfig as error:
        raise CannotEdit(f"{document.path}: the lines to put in do not read: {error.reason}") from error
    depth = sum(1 for d in document.walk() if d.opens is not None and d.closes is not None and d.opens < at <= d.closes)
    added = [item._replace(depth=item.depth + depth) if item.depth >= 0 else item for item in new]
    old = outline(document)
    expected = [*(i for i in old if i.start < at), *added, *(i for i in old if i.start >= at)]
    return _checked(document, at, at, text, expected)


def _append(document: Document, lines: Sequence[str], *, blank: bool) -> Document:
    data = document.data
    ending = ending_at(data, len(data))
    text = _indented(document, lines, b"", ending)
    lead = b"" if not data or data.endswith(b"\n") else ending
    return _insert(document, len(data), lead + (ending if blank and data.strip() else b"") + text, lines)


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


def _written(arguments: Sequence[str]) -> bytes:
    return encode(" ".join(quoted(argument) for argument in arguments))


def _closes(block: Directive) -> int:
    if block.closes is None:
        raise CannotEdit(f"{block.name} in line {block.line} is not a block")
    return block.closes


def _indented(document: Document, lines: Sequence[str], indent: bytes, ending: bytes) -> bytes:
    """Lines in bytes: each leading tab of a line stands for one level of this file's own indentation."""
    step, text = unit(document), b""
    for line in lines:
        body = line.lstrip("\t")
        text += (indent + encode(step * (len(line) - len(body)) + body) if body else b"") + ending
    return text


def _on_one_line(lines: Sequence[str]) -> list[str]:
    """Lines for the middle of a line: a comment would hide what follows, so comments are left out."""
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _childindent_at(document: Document, block: Directive) -> bytes:
    data = document.data
    children = [child for child in block.children if stands_first(data, child.start)]
    if children:
        return indent_at(data, children[-1].start)
    return indent_at(data, _closes(block)) + encode(unit(document))
