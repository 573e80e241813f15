"""In which order Caddy asks the directives of a block, whatever their order in the file (httpcaddyfile/directives.go).

First by the directive's place in Caddy's own list, then the longer path first where both have one path, else those with a
matcher before those without. Of `handle` (and `handle_path`), `rewrite` and `root` only the first that matches counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wsfix.drivers.caddy.matching import Matcher
from wsfix.drivers.caddy.tree import Node

ORDER = (
    "tracing", "map", "vars", "fs", "root", "log_append", "skip_log", "log_skip", "log_name", "header",
    "copy_response_headers", "request_body", "redir", "method", "rewrite", "uri", "try_files", "basicauth", "basic_auth",
    "forward_auth", "request_header", "encode", "push", "intercept", "templates", "invoke", "handle", "route", "abort",
    "error", "copy_response", "respond", "metrics", "reverse_proxy", "php_fastcgi", "file_server", "acme_server",
)  # fmt: skip
EXCLUSIVE = frozenset({"handle", "rewrite", "root"})
NOT_ASKED = frozenset({"tls", "bind", "log", "handle_errors", "import"})
"""Directives of a site that no request passes."""


@dataclass(frozen=True, slots=True)
class Step:
    """A directive with its matcher taken off."""

    node: Node
    matcher: Matcher
    args: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The name under which it is sorted and grouped (normalizeDirectiveName)."""
        return "handle" if self.node.name == "handle_path" else self.node.name


def order(options: Sequence[Node]) -> tuple[str, ...]:
    """Caddy's list, as the global `order` lines change it."""
    held = list(ORDER)
    for node in options:
        if node.name != "order" or len(node.args) < 2:  # noqa: PLR2004
            continue
        name, where, *other = node.args
        held = [one for one in held if one != name]
        if where == "first":
            held.insert(0, name)
        elif where == "last":
            held.append(name)
        elif other and other[0] in held:
            held.insert(held.index(other[0]) + (where == "after"), name)
    return tuple(held)


def ordered(steps: Sequence[Step], known: Sequence[str]) -> list[Step]:
    """The steps as Caddy asks them; the insertion sort of Go's SliceStable, since the comparison is no full order."""
    places = {name: place for place, name in enumerate(known)}
    found = list(steps)
    for end in range(1, len(found)):
        at = end
        while at > 0 and _before(found[at], found[at - 1], places):
            found[at], found[at - 1] = found[at - 1], found[at]
            at -= 1
    return found


def _before(one: Step, other: Step, places: dict[str, int]) -> bool:
    if one.kind != other.kind:
        return places.get(one.kind, len(places)) < places.get(other.kind, len(places))
    mine, its = one.matcher.path, other.matcher.path
    if mine and its:
        return len(mine) < len(its) if one.kind == "vars" else len(mine) > len(its)
    if one.kind == "vars":
        return one.matcher.takes_all and not other.matcher.takes_all
    return not one.matcher.takes_all and other.matcher.takes_all
