"""What a module of Python defines at its top, by its syntax: applications, mounts in their order, sockets that are kept."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_APPLICATIONS = frozenset(
    ["FastAPI", "Starlette", "Quart", "Litestar", "ASGIApp", "ProtocolTypeRouter", "get_asgi_application"]
)
_SOCKETS = frozenset({"websocket", "ws", "socket", "sock", "self"})
_HOLDERS = ("connection", "client", "socket", "session", "user", "peer", "consumer")


@dataclass(frozen=True, slots=True)
class Mount:
    """A sub-application under a prefix, as `app.mount("/", …)` words it."""

    line: int
    prefix: str
    """With a slash in front and none at the end; empty for the root."""
    owner: str
    """The name of what it is mounted in."""


@dataclass(frozen=True, slots=True)
class Top:
    """What stands in one module."""

    applications: tuple[str, ...] = ()
    """Names at the top that hold an ASGI application."""
    mounts: tuple[Mount, ...] = ()
    decorated: tuple[tuple[int, str], ...] = ()
    """Line and owner of each `@owner.websocket(…)`."""
    one_each: int | None = None
    """The line on which a socket is kept under a key of its user, in place of the one that was there."""
    csrf: int | None = None
    """The line of a setting or an exemption that is about forged requests."""


def top_of(tree: ast.Module) -> Top:
    """Read a module's tree."""
    nodes = list(ast.walk(tree))
    return Top(
        applications=tuple(_applications(tree)),
        mounts=tuple(_mounts(nodes)),
        decorated=tuple(_decorated(nodes)),
        one_each=next(_one_each(nodes), None),
        csrf=next(_csrf(nodes), None),
    )


def _applications(tree: ast.Module) -> Iterator[str]:
    found: dict[str, None] = {}
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and _name(node.value.func) in _APPLICATIONS
        ):
            found |= {target.id: None for target in node.targets if isinstance(target, ast.Name)}
    yield from found


def _mounts(nodes: list[ast.AST]) -> Iterator[Mount]:
    for node in nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "mount":
            continue
        path = node.args[0] if node.args else next((word.value for word in node.keywords if word.arg == "path"), None)
        if isinstance(path, ast.Constant) and isinstance(path.value, str) and isinstance(node.func.value, ast.Name):
            yield Mount(node.lineno, path.value.rstrip("/"), node.func.value.id)


def _decorated(nodes: list[ast.AST]) -> Iterator[tuple[int, str]]:
    for node in nodes:
        if not isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
            continue
        for each in node.decorator_list:
            called = each.func if isinstance(each, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr == "websocket" and isinstance(called.value, ast.Name):
                yield each.lineno, called.value.id


def _one_each(nodes: list[ast.AST]) -> Iterator[int]:
    """Yield `self.active_connections[user_id] = websocket` and its like; a list or a set under the key is another matter."""
    for node in nodes:
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target = node.targets[0]
        if not isinstance(target, ast.Subscript) or not isinstance(node.value, ast.Name):
            continue
        holder = _name(target.value).lower()
        keyed = isinstance(target.slice, ast.Name | ast.Attribute)
        if keyed and node.value.id in _SOCKETS and any(word in holder for word in _HOLDERS):
            yield node.lineno


def _csrf(nodes: list[ast.AST]) -> Iterator[int]:
    for node in nodes:
        if isinstance(node, ast.Name) and node.id == "CSRF_TRUSTED_ORIGINS" and isinstance(node.ctx, ast.Store):
            yield node.lineno
        elif isinstance(node, ast.Call) and _name(node.func) == "csrf_exempt":
            inner = [_name(each.func) for each in ast.walk(node) if isinstance(each, ast.Call)]
            if "as_asgi" in inner:
                yield node.lineno


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
