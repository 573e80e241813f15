"""Which `rewrite` makes the path wrong: the one without which the backend would be asked for its own path."""

from __future__ import annotations

from wsfix.drivers.nginx.tree import Node
from wsfix.drivers.pcre import regex
from wsfix.errors import CannotEdit
from wsfix.faults.mapping import wrong_path
from wsfix.faults.seen import NotApplicable, Seen

_MOST = 8
"""So many of a server's rewrites are tried."""


def culprit(seen: Seen) -> Node | None:
    """Return the rewrite that leads the socket's path astray, if one alone does."""
    try:
        if wrong_path(seen) is None:
            return None
    except NotApplicable:
        return None
    server = seen.nginx.server(seen.route.server).node
    tried = [node for node in server.walk() if node.name == "rewrite" and _may_match(node, seen.site.path)]
    return next((node for node in tried[:_MOST] if _right_without(seen, node)), None)


def _may_match(node: Node, path: str) -> bool:
    pattern = regex(node.args[0]) if len(node.args) > 1 else None
    return pattern is not None and pattern.search(path.encode()) is not None


def _right_without(seen: Seen, node: Node) -> bool:
    try:
        return seen.with_config(seen.nginx.without(node)).route.backend_path == seen.site.backend_path
    except CannotEdit:
        return False
