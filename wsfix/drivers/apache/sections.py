"""`<Location>` and `<Proxy>`: which of them a request is in, and what is then in force ("Configuration Sections", merging).

Sections are merged in the order of the configuration, the main server's before the virtual host's; a directive of a later one
takes the place of an earlier one's, however specific either is (ap_location_walk in server/request.c).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from wsfix.drivers.apache.server import Server
from wsfix.drivers.apache.tree import Node
from wsfix.drivers.paths import is_pattern
from wsfix.drivers.pcre import regex
from wsfix.drivers.text import encode
from wsfix.model.route import Position


@dataclass(frozen=True, slots=True)
class Section:
    """A `<Location>`, `<LocationMatch>`, `<Proxy>` or `<ProxyMatch>`."""

    node: Node
    pattern: str
    is_regex: bool
    of_main: bool = False
    """Whether it stands in the main server although a virtual host is asked."""

    @property
    def position(self) -> Position:
        """Where it stands."""
        return self.node.position

    @property
    def match(self) -> str:
        """The section's tag as people would write it."""
        return self.node.title

    def takes(self, uri: bytes) -> bool | None:
        """Whether a path lies in it; None if its regular expression cannot be evaluated here."""
        if self.is_regex:
            pattern = regex(self.pattern)
            return None if pattern is None else pattern.search(uri) is not None
        if is_pattern(self.pattern):
            return _wildcard(self.pattern, slashes=False).fullmatch(uri) is not None
        name = encode(self.pattern)
        return uri.startswith(name) and (name.endswith(b"/") or uri[len(name) : len(name) + 1] in {b"", b"/"})

    def takes_target(self, target: bytes) -> bool | None:
        """Whether a URL that is proxied to lies in a `<Proxy>`."""
        if self.is_regex:
            return self.takes(target)
        if is_pattern(self.pattern):
            return _wildcard(self.pattern, slashes=True).fullmatch(target) is not None
        return target.startswith(encode(self.pattern.removeprefix("proxy:")))


def sections(server: Server, *names: str) -> list[Section]:
    """The sections of a server in the order in which they are merged; `names` without `match`."""
    found: list[Section] = []
    for level in server.levels:
        for node in level:
            if node.directive.is_block and node.name.removesuffix("match") in names and node.args:
                tilde = node.args[0] == "~" and len(node.args) > 1
                pattern = node.args[1] if tilde else node.args[0]
                found.append(Section(node, pattern, tilde or node.name.endswith("match"), level is not server.nodes))
    return found


def effective(levels: Iterable[Sequence[Node]], name: str) -> Node | None:
    """The directive of a name in the last level that has it."""
    found = [node for level in levels for node in level if node.name == name]
    return found[-1] if found else None


@lru_cache(maxsize=256)
def _wildcard(pattern: str, *, slashes: bool) -> re.Pattern[bytes]:
    """A pattern of apr_fnmatch; `*` and `?` do not take a slash in a path."""
    anything = "." if slashes else "[^/]"
    text = ""
    for part in re.findall(r"\*|\?|\[[!^]?[^\]]+\]|\\?.", pattern, re.DOTALL):
        if part in "*?":
            text += anything + ("*" if part == "*" else "")
        elif part.startswith("[") and len(part) > 1:
            text += "[" + part[1:].replace("\\", "\\\\").replace("!", "^", 1 if part[1] == "!" else 0)
        else:
            text += re.escape(part.removeprefix("\\") or part)
    return re.compile(encode(text), re.DOTALL)
