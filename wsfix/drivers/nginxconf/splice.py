"""Splices: the fewest bytes that word a change, proved by reading the result again."""

from __future__ import annotations

from collections import Counter

from wsfix.drivers.nginxconf.syntax import Directive, Document, encode, read
from wsfix.errors import CannotEdit, UnreadableConfig

STEP = b"    "


def quoted(word: str) -> str:
    """Return a word as nginx must read it: quoted where white space or a mark stands in it."""
    if word and not any(c in " \t\r\n;{}\"'\\#" for c in word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def line_ending(document: Document) -> bytes:
    """Return the line ending that the file uses first."""
    at = document.data.find(b"\n")
    return b"\r\n" if at > 0 and document.data[at - 1 : at] == b"\r" else b"\n"


def indentation(document: Document, directive: Directive) -> bytes | None:
    """Return the white space before a directive that stands first on its line, else None."""
    start = document.data.rfind(b"\n", 0, directive.start) + 1
    lead = document.data[start : directive.start]
    return lead if not lead.strip() else None


def inner_indentation(document: Document, block: Directive) -> bytes:
    """Return the indentation of what a block holds: its first child's, else one step more than the block's own."""
    for child in block.children:
        lead = indentation(document, child)
        if lead is not None:
            return lead
    outer = indentation(document, block) or b""
    return outer + (b"\t" if outer.startswith(b"\t") else STEP)


def set_words(document: Document, directive: Directive, *args: str) -> Document:
    """Replace a directive's arguments; its name and all around it stay."""
    if directive.args == args:
        return document
    name = directive.words[0]
    last = directive.words[-1]
    gap = document.data[name.end : directive.words[1].start] if len(directive.words) > 1 else b" "
    text = gap + b" ".join(encode(quoted(arg)) for arg in args)
    return _spliced(document, name.end, last.end, text)


def insert_before(document: Document, directive: Directive, lines: list[str]) -> Document:
    """Insert lines before a directive, and before the comments that stand directly above it."""
    lead = indentation(document, directive)
    if lead is None:
        text = b" ".join(encode(line.strip()) for line in lines) + b" "
        return _spliced(document, directive.start, directive.start, text)
    start = document.data.rfind(b"\n", 0, directive.start) + 1
    start = _above_comments(document, start, lead)
    end = line_ending(document)
    text = b"".join((lead + encode(line) if line else b"") + end for line in lines)
    return _spliced(document, start, start, text)


def _above_comments(document: Document, start: int, lead: bytes) -> int:
    """Return the start of the first of the comment lines that stand directly above a line, equally indented."""
    while start > 0:
        before = document.data.rfind(b"\n", 0, start - 1) + 1
        line = document.data[before:start]
        if not line.startswith(lead + b"#"):
            return start
        start = before
    return start


def insert_after(document: Document, directive: Directive, lines: list[str]) -> Document:
    """Insert lines after a directive."""
    lead = indentation(document, directive)
    newline = document.data.find(b"\n", directive.end)
    rest = document.data[directive.end : newline if newline >= 0 else len(document.data)]
    if lead is None or (rest.strip() and not rest.strip().startswith(b"#")):
        text = b"".join(b" " + encode(line.strip()) for line in lines)
        return _spliced(document, directive.end, directive.end, text)
    end = line_ending(document)
    text = b"".join((lead + encode(line) if line else b"") + end for line in lines)
    if newline < 0:
        return _spliced(document, len(document.data), len(document.data), end + text)
    return _spliced(document, newline + 1, newline + 1, text)


def insert_inside(document: Document, block: Directive, lines: list[str], *, first: bool = False) -> Document:
    """Insert lines into a block, at its end, or at its beginning."""
    if block.opens is None or block.closes is None:
        raise CannotEdit(f"{document.path}:{block.line}: {block.name} has no block")
    if block.children and not first:
        return insert_after(document, block.children[-1], lines)
    if block.children:
        return insert_before(document, block.children[0], lines)
    end, lead = line_ending(document), inner_indentation(document, block)
    outer = indentation(document, block)
    if outer is None or b"\n" not in document.data[block.opens : block.closes]:
        text = b"".join(b" " + encode(line.strip()) for line in lines) + b" "
        return _spliced(document, block.opens + 1, block.opens + 1, text)
    start = document.data.find(b"\n", block.opens) + 1
    text = b"".join((lead + encode(line) if line else b"") + end for line in lines)
    return _spliced(document, start, start, text)


def append(document: Document, text: bytes) -> Document:
    """Add text at the end of a file."""
    gap = b"" if not document.data or document.data.endswith(b"\n") else line_ending(document)
    return _spliced(document, len(document.data), len(document.data), gap + text)


def _spliced(document: Document, start: int, end: int, text: bytes) -> Document:
    """Replace a span and read the file again: what stood outside of the span must read as before."""
    data = document.data[:start] + text + document.data[end:]
    try:
        after = read(data, document.path)
    except UnreadableConfig as error:
        raise CannotEdit(f"{document.path}: the change would make the file unreadable: {error.reason}") from error
    shift = len(text) - (end - start)
    kept = Counter(_outside(document, start, end, 0))
    again = Counter(_outside(after, start, start + len(text), -shift, split=start))
    if kept != again:
        raise CannotEdit(f"{document.path}: the change would alter what stands around it")
    return after


def _outside(document: Document, start: int, end: int, shift: int, split: int = 0) -> list[tuple[str, int]]:
    """Return every word that does not touch a span, with its offset in the file before the splice."""
    found = []
    for directive in document.walk():
        for word in directive.words:
            if word.end <= start or word.start >= end:
                found.append(
                    (word.value, word.start + (shift if word.start >= max(split, start) and word.start >= end else 0))
                )
    return found
