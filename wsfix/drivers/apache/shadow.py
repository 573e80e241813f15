"""Entries that never get a path that is meant for them: the order decides, not the length of the prefix.

Outside of sections the first ProxyPass that matches wins, of `<Location>`s the last (mod_proxy, "Ordering ProxyPass Directives";
sections.html, merging).
"""

from __future__ import annotations

from dataclasses import dataclass

from wsfix.drivers.apache.passes import Pass, passes, section_passes
from wsfix.drivers.apache.request import decoded, normal, split_target
from wsfix.drivers.apache.server import Server
from wsfix.drivers.text import encode
from wsfix.model.route import Position, Route


@dataclass(frozen=True, slots=True)
class Shadow:
    """An entry that takes a path away from another whose prefix is longer."""

    taker: Pass
    hidden: Pass

    @property
    def in_order(self) -> bool:
        """Whether moving lines cures it: both are prefixes of the same kind and of the same level."""
        same = (self.taker.section is None) == (self.hidden.section is None)
        return same and self.taker.of_main == self.hidden.of_main

    @property
    def moved(self) -> Position:
        """What is to be moved: the hidden ProxyPass, or the Location that takes its paths."""
        return self.hidden.position if self.hidden.section is None else self.taker.place

    @property
    def before(self) -> Position:
        """What it is to be moved before."""
        return self.taker.position if self.hidden.section is None else self.hidden.place


def shadowing(server: Server, route: Route, path: str, prefix: str | None = None) -> Shadow | None:
    """The entry that took a path although one with a longer prefix is there; `prefix` is what that one must begin with."""
    uri = _uri(path)
    everyone = [*section_passes(server), *passes(server)]
    taker = next((one for one in everyone if one.place == route.position and one.match == route.match), None)
    if taker is None or uri is None:
        return None
    hidden = [one for one in everyone if one is not taker and not one.excludes and one.takes(uri)]
    hidden = [one for one in hidden if not one.is_regex and _length(one) > _length(taker)]
    hidden = [one for one in hidden if prefix is None or _related(one.path, prefix)]
    return Shadow(taker, max(hidden, key=_length)) if hidden else None


def _length(entry: Pass) -> int:
    """How much of a path an entry names; a regular expression, as much as it has before its first special sign."""
    return len(entry.path.rstrip("/")) if not entry.is_regex else 0


def _related(path: str, prefix: str) -> bool:
    one, other = path.rstrip("/") + "/", prefix.rstrip("/") + "/"
    return one.startswith(other) or other.startswith(one)


def _uri(path: str) -> bytes | None:
    plain = normal(split_target(path)[0])
    found = decoded(plain, "on") if plain is not None else None
    return found if isinstance(found, bytes) else encode(path) if found is None else None
