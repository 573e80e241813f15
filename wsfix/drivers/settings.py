"""Django's settings as far as a variable of the environment chooses between two of them: the channel layer."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layer:
    """The default channel layer of the settings."""

    line: int
    backend: str
    unless: str = ""
    """The environment variable that chooses another layer where it is set; empty where this one is always in force."""


def layer_of(tree: ast.Module) -> Layer | None:
    """Return the layer in force; where a variable decides, the one that is in force without it.

    None where there is none, or where something else decides.
    """
    direct = [layer for node in tree.body if (layer := _assigned(node)) is not None]
    choices = [node for node in tree.body if isinstance(node, ast.If) and _inner(node)]
    if not choices:
        return direct[-1] if direct else None
    if len(choices) > 1:
        return None
    choice = choices[0]
    asked = _asked(choice.test, _variables(tree))
    if asked is None:
        return None
    variable, present = asked
    without = choice.orelse if present else choice.body
    found = [layer for node in without if (layer := _assigned(node)) is not None]
    layer = found[-1] if found else (direct[-1] if direct else None)
    return None if layer is None else Layer(layer.line, layer.backend, variable)


def variable_of(node: ast.expr) -> str:
    """Return the environment variable that a value is read from, with whatever default; empty where it is none."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and inner.args and isinstance(inner.args[0], ast.Constant):
            name = ast.unparse(inner.func)
            if name in _ASKS or name.rpartition(".")[2] in {"env", "config", "list", "getenv"}:
                return str(inner.args[0].value)
        if isinstance(inner, ast.Subscript) and ast.unparse(inner.value) in {"os.environ", "environ"}:
            return str(inner.slice.value) if isinstance(inner.slice, ast.Constant) else ""
    return ""


def variables(tree: ast.Module) -> dict[str, str]:
    """Return name → environment variable of everything at the top that is read from one, with whatever default."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            said = variable_of(node.value)
            if said:
                found[node.targets[0].id] = said
    return found


_ASKS = frozenset({"os.environ.get", "environ.get", "os.getenv"})


def _inner(choice: ast.If) -> bool:
    return any(_assigned(node) is not None for node in ast.walk(choice) if isinstance(node, ast.Assign | ast.AnnAssign))


def _assigned(node: ast.AST) -> Layer | None:
    """Return the class that `CHANNEL_LAYERS = {"default": {"BACKEND": …}}` names."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return None
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if not any(isinstance(target, ast.Name) and target.id == "CHANNEL_LAYERS" for target in targets):
        return None
    for held in (each for each in ast.walk(node.value) if isinstance(each, ast.Dict)):
        for key, value in zip(held.keys, held.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "BACKEND" and isinstance(value, ast.Constant):
                return Layer(value.lineno, str(value.value))
    return None


def _variables(tree: ast.Module) -> dict[str, str]:
    """Return name → environment variable of `X = os.environ.get("Y")` and its like, where it has no other value."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            said = _environ(node.value)
            if said:
                found[node.targets[0].id] = said
    return found


def _environ(node: ast.expr) -> str:
    """Return the variable that `os.environ.get("Y")` or `os.getenv("Y", "")` asks for."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
        return ""
    whole = ast.unparse(node.func)
    empty = len(node.args) == 1 or (isinstance(node.args[1], ast.Constant) and not node.args[1].value)
    name = node.args[0]
    if whole in _ASKS and empty and isinstance(name, ast.Constant):
        return str(name.value)
    return ""


def _asked(test: ast.expr, variables: dict[str, str]) -> tuple[str, bool] | None:
    """Return the variable that a condition asks for, and whether it holds where that is set."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _asked(test.operand, variables)
        return None if inner is None else (inner[0], not inner[1])
    if isinstance(test, ast.Name) and test.id in variables:
        return variables[test.id], True
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Constant):
        if isinstance(test.ops[0], ast.In) and ast.unparse(test.comparators[0]) in {"os.environ", "environ"}:
            return str(test.left.value), True
        return None
    said = _environ(test)
    return (said, True) if said else None
