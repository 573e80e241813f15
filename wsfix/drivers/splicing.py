"""What splices have in common: nothing is put into a file, or taken out, but what was asked for.

A change is made on the bytes and read again; what the proxy would now see is compared, directive by directive and comment by
comment, with what was there and what was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from wsfix.drivers.span import Directive, Document, Word
from wsfix.drivers.text import alike, decode, encode, ending_at, indent_at, stands_first
from wsfix.errors import CannotEdit, UnreadableConfig

D = TypeVar("D", bound=Document)


class Item(NamedTuple):
    """One thing that the proxy or a reader sees: a directive's words, or a comment's text."""

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


def indented(document: Document, lines: Sequence[str], indent: bytes, ending: bytes) -> bytes:
    """Lines in bytes: each leading tab of a line stands for one level of this file's own indentation."""
    step, text = unit(document), b""
    for line in lines:
        body = line.lstrip("\t")
        text += (indent + encode(step * (len(line) - len(body)) + body) if body else b"") + ending
    return text


def closes(block: Directive) -> int:
    """Where a block is closed; raises CannotEdit where it is none."""
    if block.closes is None:
        raise CannotEdit(f"{block.name} in line {block.line} is not a block")
    return block.closes


def insert(document: D, at: int, text: bytes, lines: Sequence[str]) -> D:
    """Put a text at a place, which says what the lines say."""
    try:
        new = outline(document.with_data(encode("\n".join(lines)) + b"\n"))
    except UnreadableConfig as error:
        raise CannotEdit(f"{document.path}: the lines to put in do not read: {error.reason}") from error
    depth = sum(
        1 for d in document.walk() if d.opens is not None and d.closes is not None and d.opens <= at <= d.closes
    )
    added = [item._replace(depth=item.depth + depth) if item.depth >= 0 else item for item in new]
    old = outline(document)
    expected = [*(i for i in old if i.start < at), *added, *(i for i in old if i.start >= at)]
    return checked(document, at, at, text, expected)


def append(document: D, lines: Sequence[str], *, blank: bool) -> D:
    """Put lines at the end of the file; after a `blank` line if something stands there."""
    data = document.data
    ending = ending_at(data, len(data))
    lead = b"" if not data or data.endswith(b"\n") else ending
    lead += ending if blank and data.strip() else b""
    return insert(document, len(data), lead + indented(document, lines, b"", ending), lines)


def replace_arguments(
    document: D,
    directive: Directive,
    arguments: Sequence[str],
    written: Callable[[Sequence[Word], Sequence[str]], bytes],
) -> D:
    """Give a directive other arguments; words that stay are not touched. `written` words the new for the old ones."""
    old, new = directive.args, tuple(arguments)
    head = alike(old, new)
    tail = alike(old[head:][::-1], new[head:][::-1])
    gone, come = directive.words[1 + head : len(directive.words) - tail], new[head : len(new) - tail]
    text = written(gone, come)
    if gone and come:
        start, end = gone[0].start, gone[-1].end
    else:
        # Words that are only added follow the one before; words that only go take the space before them along.
        start = directive.words[head].end
        end, text = (gone[-1].end if gone else start), (b" " + text if come else b"")
    if any(start < comment.start < end for comment in document.comments):
        raise CannotEdit(f"{document.path}:{directive.line}: a comment stands between the words of {directive.name}")
    words = (directive.words[0].value, *new)
    expected = [item._replace(words=words) if item.start == directive.start else item for item in outline(document)]
    return checked(document, start, end, text, expected)


def cut(document: D, directive: Directive, start: int, end: int) -> D:
    """Take the bytes between two places away, with which a directive goes and nothing else."""
    expected = [item for item in outline(document) if not directive.start <= item.start < directive.end]
    return checked(document, start, end, b"", expected)


def checked(document: D, start: int, end: int, text: bytes, expected: Sequence[Item]) -> D:
    """Make the change, or raise CannotEdit where the proxy would not see exactly what is expected."""
    data = document.data[:start] + text + document.data[end:]
    line = 1 + document.data.count(b"\n", 0, start)
    try:
        result = document.with_data(data)
    except UnreadableConfig as error:
        raise CannotEdit(f"{document.path}:{line}: the change would not read: {error.reason}") from error
    if [item[1:] for item in outline(result)] != [item[1:] for item in expected]:
        raise CannotEdit(f"{document.path}:{line}: the change would alter more than it should")
    return result
