"""The directives that hand requests to another server: ProxyPass, ProxyPassMatch, in `<Location>` or not (mod_proxy.c, add_pass).

One list for a server, the main server's entries first; the first that matches takes the request. A pass in a `<Location>` is
tried before the whole list, and of several Locations the last one's counts. A prefix ends where a segment of the path ends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from wsfix.drivers.apache.sections import Section, sections
from wsfix.drivers.apache.server import Server
from wsfix.drivers.apache.tree import Node
from wsfix.drivers.paths import is_pattern
from wsfix.drivers.pcre import regex
from wsfix.drivers.text import encode
from wsfix.model.route import Position

PASSES = ("proxypass", "proxypassmatch")
_FLAGS = ("nocanon", "interpolate", "noquery")


@dataclass(frozen=True, slots=True)
class Pass:
    """A ProxyPass or ProxyPassMatch; its target is `!` where it keeps a path from being proxied."""

    node: Node
    path: str
    """The prefix or the regular expression that a path is compared with; in a `<Location>`, that of the section."""
    target: str
    is_regex: bool
    params: Mapping[str, str] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    section: Section | None = None
    of_main: bool = False
    """Whether it stands in the main server although a virtual host is asked."""

    @property
    def position(self) -> Position:
        """Where the directive stands."""
        return self.node.position

    @property
    def match(self) -> str:
        """The entry as people would write it: `ProxyPass /ws/`, `<Location /ws/>`."""
        if self.section is not None:
            return self.section.match
        return f"{self.node.directive.words[0].value} {self.path}"

    @property
    def place(self) -> Position:
        """Where the entry begins: its section, or the directive itself."""
        return self.section.position if self.section is not None else self.position

    @property
    def encoded(self) -> bool:
        """Whether it is compared with the path before decoding, and so before mod_rewrite (mapping=encoded)."""
        return self.params.get("mapping", "").lower() == "encoded"

    @property
    def excludes(self) -> bool:
        """Whether it keeps a path from being proxied."""
        return self.target == "!"

    def takes(self, uri: bytes) -> bool | None:
        """Whether a path matches; None if its regular expression cannot be evaluated here."""
        if self.is_regex:
            pattern = regex(self.path)
            return None if pattern is None else pattern.search(uri) is not None
        return matched(uri, encode(self.path)) > 0

    def sent_to(self, uri: bytes) -> bytes:
        """The URL for a path that matches, as it is before it is made canonical."""
        target = encode(self.target)
        if not self.is_regex:
            return target + uri[matched(uri, encode(self.path)) :]
        pattern = regex(self.path)
        found = pattern.search(uri) if pattern else None
        if found is None:
            return target
        written = filled_in(target, found)
        return target + uri if written == target else written


def passes(server: Server) -> list[Pass]:
    """The entries that stand outside of sections, in the order in which they are tried."""
    return [
        entry
        for level in server.levels
        for node in level
        if node.name in PASSES and (entry := _pass(node, None, of_main=level is not server.nodes))
    ]


def section_pass(section: Section) -> Pass | None:
    """The pass of a `<Location>`: the last one in it."""
    found = [_pass(node, section, of_main=section.of_main) for node in section.node.all(*PASSES)]
    return found[-1] if found else None


def section_passes(server: Server) -> list[Pass]:
    """The passes of all `<Location>`s of a server, in the order in which they are merged."""
    return [entry for section in sections(server, "location") if (entry := section_pass(section))]


def matched(uri: bytes, prefix: bytes) -> int:
    """How much of a path a prefix takes, 0 for none: slashes may be repeated, and a segment is not cut (alias_match)."""
    pattern = re.sub(rb"/+", b"/+", re.escape(prefix))
    found = re.match(pattern, uri)
    if found is None or not prefix:
        return 0
    end = found.end()
    return end if prefix.endswith(b"/") or uri[end : end + 1] in {b"", b"/"} else 0


def filled_in(text: bytes, found: re.Match[bytes]) -> bytes:
    r"""A replacement with `$1` filled in and `\` undone (ap_pregsub)."""

    def part(sign: re.Match[bytes]) -> bytes:
        if sign[1] is None:
            return sign[2] or b""
        number = int(sign[1])
        return (found[number] or b"") if number <= (found.re.groups or 0) else b""

    return re.sub(rb"\$(\d)|\\(.)", part, text, flags=re.DOTALL)


def _pass(node: Node, section: Section | None, *, of_main: bool) -> Pass | None:
    words = list(node.args)
    is_regex = node.name == "proxypassmatch"
    if section is not None:
        path = section.pattern
        is_regex = is_regex or is_pattern(path)
    else:
        if words[:1] == ["~"]:
            is_regex, words = True, words[1:]
        path = words.pop(0) if words else ""
    if not words or not path:
        return None
    options = words[1:]
    flags = frozenset(word.lower() for word in options if word.lower() in _FLAGS)
    pairs = (word.partition("=") for word in options if "=" in word)
    params = {key.lower(): value for key, _, value in pairs}
    return Pass(node, path, words[0], is_regex, params, flags, section, of_main)
