"""Which requests a matcher takes (modules/caddyhttp/matchers.go); None where that cannot be told from a URL alone.

A path matcher compares the whole decoded path without regard to case; only a `*` at its end makes it a prefix. The lines of a
named matcher must all hold, the words of one line are alternatives, and lines of one kind are joined.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from wsfix.drivers.caddy.request import HEADERS, Request
from wsfix.drivers.caddy.tree import Node
from wsfix.drivers.pcre import regex
from wsfix.drivers.text import encode

Verdict = bool | None


@dataclass(frozen=True, slots=True)
class Matcher:
    """The matcher token of a directive, and the set that it names."""

    token: str = ""
    """As written: a path, `*`, `@name`, or nothing."""
    node: Node | None = None
    """The definition of a named one."""
    unknown: bool = False
    """Whether it names a set that is not defined here."""

    @property
    def path(self) -> str | None:
        """The one path that it is about, by which directives of a kind are sorted."""
        if self.token.startswith("/"):
            return self.token
        if self.node is None:
            return None
        lines = _lines(self.node)
        words = [word for name, *rest in lines for word in rest if name == "path"]
        return words[0] if len(words) == 1 else None

    @property
    def takes_all(self) -> bool:
        """Whether there is none."""
        return self.token in {"", "*"}

    def holds(self, came: Request) -> Verdict:
        """Whether a request matches."""
        if self.takes_all:
            return True
        if self.token.startswith("/"):
            return path_holds(self.token, came)
        return None if self.node is None else _set_holds(self.node, came)


def matcher(args: Sequence[str], named: dict[str, Node]) -> tuple[Matcher, tuple[str, ...]]:
    """The matcher that arguments begin with, and the arguments after it."""
    if args and args[0].startswith("@"):
        node = named.get(args[0])
        return Matcher(args[0], node, unknown=node is None), tuple(args[1:])
    if args and (args[0] == "*" or args[0].startswith("/")):
        return Matcher(args[0]), tuple(args[1:])
    return Matcher(), tuple(args)


def path_holds(pattern: str, came: Request) -> Verdict:
    """MatchPath.Match for one pattern."""
    filled = came.expand(pattern) if "{" in pattern else pattern
    if filled is None or "%" in filled:
        return None
    wanted = encode(filled).lower()
    path = came.path.lower().rstrip(b". ")
    path = Request.cleaned(came.with_path(path), merge=b"//" not in wanted)
    stars = wanted.count(b"*") if wanted != b"*" else 0
    if stars == 2 and wanted.startswith(b"*") and wanted.endswith(b"*"):  # noqa: PLR2004
        return wanted[1:-1] in path
    if stars == 1 and wanted.startswith(b"*"):
        return path.endswith(wanted[1:])
    if stars == 1 and wanted.endswith(b"*"):
        return path.startswith(wanted[:-1])
    return wanted == b"*" or _glob(wanted).fullmatch(path) is not None


def _glob(pattern: bytes) -> re.Pattern[bytes]:
    """path.Match: `*` and `?` do not match a slash."""
    parts = re.split(rb"(\*|\?)", pattern)
    return re.compile(
        b"".join({b"*": rb"[^/]*", b"?": rb"[^/]"}.get(part, re.escape(part)) for part in parts), re.DOTALL
    )


def _lines(node: Node) -> list[tuple[str, ...]]:
    inline = node.args
    return [inline] if inline and not node.children else [child.words for child in node.children]


def _set_holds(node: Node, came: Request) -> Verdict:
    kinds: dict[str, list[Verdict]] = {}
    inline = node.args
    children = {id(child): child for child in node.children}
    pairs = [(inline, node)] if inline and not children else [(child.words, child) for child in node.children]
    for words, at in pairs:
        name, rest = words[0], words[1:]
        if name.startswith("`") or not re.fullmatch(r"[a-z_]+", name):
            return None
        key = f"{name} {rest[0].lower()}" if name == "header" and rest else name
        kinds.setdefault(key, []).append(_one_holds(name, rest, at, came))
    return reduce(_both, [True, *(reduce(_either, verdicts) for verdicts in kinds.values())])


def _one_holds(name: str, rest: tuple[str, ...], at: Node, came: Request) -> Verdict:
    if name == "not":
        held = _set_holds(at, came) if at.children else _one_holds(rest[0], rest[1:], at, came) if rest else None
        return None if held is None else not held
    known = {"path": _path, "path_regexp": _path_regexp, "host": _host, "method": _method, "header": _header}
    if name == "protocol" and rest:
        return rest[0] == ("https" if came.tls else "http") if rest[0] in {"http", "https"} else None
    return known[name](rest, came) if name in known and rest else None


def _path(rest: tuple[str, ...], came: Request) -> Verdict:
    return reduce(_either, (path_holds(one, came) for one in rest))


def _path_regexp(rest: tuple[str, ...], came: Request) -> Verdict:
    pattern = regex(rest[-1], caseless=False)
    return None if pattern is None else pattern.search(came.cleaned(merge=False)) is not None


def _host(rest: tuple[str, ...], came: Request) -> Verdict:
    return came.host.lower() in {one.lower() for one in rest}


def _method(rest: tuple[str, ...], _came: Request) -> Verdict:
    return "GET" in {one.upper() for one in rest}


def _header(rest: tuple[str, ...], _came: Request) -> Verdict:
    """Connection must hold for every browser: what only one of them sends is no sure match."""
    name = rest[0].lower()
    if name.startswith("!"):
        return name[1:] not in {*HEADERS, "host", "origin"} and None
    if name not in HEADERS or len(rest) < 2:  # noqa: PLR2004
        return None
    return all(_value_holds(rest[1], value) for value in HEADERS[name])


def _value_holds(wanted: str, value: str) -> bool:
    if wanted == "*":
        return True
    head, tail = wanted.startswith("*"), wanted.endswith("*")
    if head and tail:
        return wanted[1:-1] in value
    if head:
        return value.endswith(wanted[1:])
    return value.startswith(wanted[:-1]) if tail else value == wanted


def _either(one: Verdict, other: Verdict) -> Verdict:
    if one or other:
        return True
    return None if one is None or other is None else False


def _both(one: Verdict, other: Verdict) -> Verdict:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True
