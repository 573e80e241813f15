"""Who may come in: what the locations that take a path ask of a client, so that a new one for it asks the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wsfix.drivers.nginx.tree import Node
from wsfix.errors import CannotEdit

if TYPE_CHECKING:
    from wsfix.drivers.nginx.config import Config

_TOGETHER = (
    ("allow", "deny"),
    ("satisfy",),
    ("auth_basic",),
    ("auth_basic_user_file",),
    ("auth_request",),
    ("auth_request_set",),
    ("auth_delay",),
    ("auth_jwt",),
    ("auth_jwt_key_file",),
    ("auth_jwt_key_request",),
    ("limit_req",),
    ("limit_req_status",),
    ("limit_conn",),
    ("limit_conn_status",),
)
"""Directives that a location inherits as a whole where it has none of them (ngx_http_access_module and its like)."""
_OF_THEIR_OWN = (
    "limit_except", "access_by_lua", "access_by_lua_block", "access_by_lua_file", "js_access", "modsecurity", "secure_link",
    "auth_pam", "auth_ldap", "auth_digest", "auth_gss",
)  # fmt: skip
"""What decides with blocks, programs or modules whose lines mean nothing elsewhere."""
_REFUSALS = range(400, 600)


def repeated(config: Config, *scopes: Sequence[Node]) -> list[str]:
    """The lines of these locations, outermost block first in each, that decide about a client.

    Raises CannotEdit where something decides that cannot be repeated: nobody is let in unasked.
    """
    ways = [scope for number, scope in enumerate(scopes) if scope and scope not in scopes[:number]]
    for node in (node for scope in ways for block in scope for node in _opaque(block)):
        raise CannotEdit(f"{node.position}: `{node.name}` decides here who may come in, which a new location would not")
    lines: list[str] = []
    for names in _TOGETHER:
        held = [found for scope in ways if (found := _innermost(scope, names))]
        if len(held) > 1:
            raise CannotEdit(f"{held[1][0].position}: {names[0]} stands on two levels of the way, and both count")
        lines += [f"\t{as_written(config, node)};" for nodes in held for node in nodes]
    return lines


def _innermost(scope: Sequence[Node], names: Sequence[str]) -> list[Node]:
    return next((found for block in reversed(scope) if (found := block.all(*names))), [])


def _opaque(block: Node) -> Iterator[Node]:
    yield from block.all(*_OF_THEIR_OWN)
    for condition in block.all("if"):
        if any(
            node.args and node.args[0].isdigit() and int(node.args[0]) in _REFUSALS for node in condition.all("return")
        ):
            yield condition


def as_written(config: Config, node: Node) -> str:
    """A directive in the words of its file, quotes and all."""
    document = config.document(node)
    return " ".join(document.raw(word).decode("utf-8", "surrogateescape") for word in node.directive.words)
