"""Which location takes a URI (ngx_http_core_module, location; ngx_http_core_find_location in ngx_http_core_module.c).

Exact; else the longest prefix, then the locations nested in it, then the regular expressions of this level in the order of
the file unless the prefix is `^~`. A hit of a regular expression looks into its nested locations too. A prefix that ends in a
slash and has a `*_pass` answers its own name without the slash with 301, before any regular expression is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from wsfix.drivers.nginx.tree import Node
from wsfix.drivers.pcre import regex
from wsfix.drivers.text import encode
from wsfix.model.route import Position

PASSES = ("proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass", "grpc_pass")


class Modifier(StrEnum):
    """How a location's name is compared with the URI."""

    PREFIX = ""
    EXACT = "="
    FIRM = "^~"
    REGEX = "~"
    REGEX_CASELESS = "~*"
    NAMED = "@"

    @property
    def is_regex(self) -> bool:
        """Whether the name is a regular expression."""
        return self is Modifier.REGEX or self is Modifier.REGEX_CASELESS

    @property
    def is_prefix(self) -> bool:
        """Whether the name is a prefix."""
        return self is Modifier.PREFIX or self is Modifier.FIRM


_WRITTEN = {one.value: one for one in (Modifier.EXACT, Modifier.FIRM, Modifier.REGEX_CASELESS, Modifier.REGEX)}
"""The modifiers that are words; `~*` before `~`, which it begins with."""


@dataclass(frozen=True)
class Location:
    """A location{} block; `parents` are the locations around it, the outermost first."""

    node: Node
    modifier: Modifier
    name: str
    parents: tuple[Location, ...] = ()

    @property
    def match(self) -> str:
        """The location's modifier and name, such as `location ^~ /ws/`."""
        modifier = "" if self.modifier is Modifier.NAMED else self.modifier.value
        return " ".join(word for word in ("location", modifier, self.name) if word)

    @property
    def scope(self) -> tuple[Node, ...]:
        """The location blocks around it and its own, the outermost first."""
        return (*(parent.node for parent in self.parents), self.node)

    @property
    def kin(self) -> str:
        """What must be unique on one level: exact locations, prefixes and the others do not meet."""
        return f"{'^' if self.modifier.is_prefix else self.modifier.value} {self.name}"

    @property
    def position(self) -> Position:
        """Where it stands."""
        return self.node.position

    @cached_property
    def locations(self) -> tuple[Location, ...]:
        """The locations nested in it."""
        return _within(self.node, (*self.parents, self))

    @property
    def redirects_to_slash(self) -> bool:
        """Whether it answers its own name without the trailing slash with 301 (clcf->auto_redirect)."""
        return self.name.endswith("/") and bool(self.node.all(*PASSES))

    def pattern(self) -> re.Pattern[bytes] | None:
        """Its regular expression; None if it has none that can be evaluated here."""
        caseless = self.modifier is Modifier.REGEX_CASELESS
        return regex(self.name, caseless=caseless) if self.modifier.is_regex else None


@dataclass(frozen=True, slots=True)
class Found:
    """What the search for a location ended with."""

    location: Location | None
    slash: bool = False
    """Whether the answer is the 301 that adds a slash."""
    captures: tuple[tuple[str, bytes], ...] = ()
    uncertain: tuple[str, ...] = ()


class _Verdict(StrEnum):
    EXACT = "exact"
    SLASH = "slash"
    PREFIX = "prefix"
    NONE = "none"


@lru_cache(maxsize=4096)
def locations(node: Node) -> tuple[Location, ...]:
    """The locations directly in a server; an edit elsewhere leaves it as it is, so that it is looked through once."""
    return _within(node, ())


def _within(node: Node, parents: tuple[Location, ...]) -> tuple[Location, ...]:
    blocks = [child for child in node.all("location") if child.directive.is_block and child.args]
    return tuple(Location(block, *_name(block.args), parents) for block in blocks)


@lru_cache(maxsize=4096)
def placed(server: Node, position: Position, match: str) -> Location | None:
    """The location of a server, nested or not, that begins at a position and has this modifier and name."""
    level = list(locations(server))
    while level:
        location = level.pop(0)
        if location.node.stands_at(position) and location.match == match:
            return location
        level += location.locations
    return None


def find(level: tuple[Location, ...], uri: bytes) -> Found:
    """The location that takes a URI, which is decoded and free of dot segments."""
    return _find(level, uri)[1]


def stolen_from(level: tuple[Location, ...], uri: bytes) -> Location | None:
    """The prefix location that would take a URI if no regular expression of its level did."""
    best = _find_static(level, uri)[1]
    if best is None or best.modifier is not Modifier.PREFIX:
        return None
    if any((pattern := one.pattern()) and pattern.search(uri) for one in level):
        return best
    return stolen_from(best.locations, uri)


def _find(level: tuple[Location, ...], uri: bytes) -> tuple[_Verdict, Found]:
    verdict, static = _find_static(level, uri)
    if verdict is _Verdict.EXACT:
        return verdict, Found(static)
    if verdict is _Verdict.SLASH:
        return verdict, Found(static, slash=True)
    found, firm = Found(static), False
    if static is not None:
        firm = static.modifier is Modifier.FIRM
        inner, deeper = _find(static.locations, uri)
        found = deeper if deeper.location else found
        if inner in {_Verdict.EXACT, _Verdict.SLASH}:
            return inner, found
    return (verdict, found) if firm else _find_regex(level, uri, verdict, found)


def _find_static(level: tuple[Location, ...], uri: bytes) -> tuple[_Verdict, Location | None]:
    """ngx_http_core_find_static_location: exact, or the longest prefix, or one that lacks only the slash."""
    named = [(encode(one.name), one) for one in level]
    for name, one in named:
        if one.modifier is Modifier.EXACT and name == uri:
            return _Verdict.EXACT, one
    prefixes = [(len(name), one) for name, one in named if one.modifier.is_prefix and uri.startswith(name)]
    longest, best = max(prefixes, key=lambda pair: pair[0], default=(-1, None))
    if longest < len(uri):
        twins = [one for name, one in named if name == uri + b"/" and not one.modifier.is_regex]
        if any(one.redirects_to_slash for one in twins):
            exact = [one for one in twins if one.modifier is Modifier.EXACT]
            return _Verdict.SLASH, (exact or twins)[0]
    return (_Verdict.PREFIX if best else _Verdict.NONE), best


def _find_regex(level: tuple[Location, ...], uri: bytes, verdict: _Verdict, found: Found) -> tuple[_Verdict, Found]:
    doubts: tuple[str, ...] = found.uncertain
    for one in level:
        if not one.modifier.is_regex:
            continue
        pattern = one.pattern()
        if pattern is None:
            doubts += (f"the regular expression of {one.match} at {one.position} could not be evaluated",)
            continue
        hit = pattern.search(uri)
        if hit:
            numbered = tuple((str(n), group or b"") for n, group in enumerate(hit.groups(), 1))
            named = tuple((key.lower(), value or b"") for key, value in hit.groupdict().items())
            deeper = _find(one.locations, uri)[1]
            captures = deeper.captures or (*numbered, *named)
            return _Verdict.EXACT, Found(deeper.location or one, captures=captures, uncertain=doubts)
    return verdict, Found(found.location, found.slash, found.captures, doubts)


def _name(args: tuple[str, ...]) -> tuple[Modifier, str]:
    """A location's modifier and name, the two in one word too (ngx_http_core_location)."""
    if len(args) > 1:
        return _WRITTEN.get(args[0], Modifier.PREFIX), args[1]
    text = args[0]
    for written, modifier in _WRITTEN.items():
        if text.startswith(written):
            return modifier, text.removeprefix(written)
    return (Modifier.NAMED if text.startswith("@") else Modifier.PREFIX), text
