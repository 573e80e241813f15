"""Python source of an application as far as it words sockets: routes, origins, hosts, channel layers. Read by its syntax, never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import permutations

from wsfix.drivers.module import Top, top_of
from wsfix.drivers.settings import Layer, layer_of, variable_of, variables

_DECORATORS = frozenset({"websocket", "websocket_route"})
_CALLS = frozenset({"WebSocketRoute", "APIWebSocketRoute", "add_websocket_route", "add_api_websocket_route"})
_MOST_PREFIXES = 3
MASKED = "***"
Pattern = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a list in the source, such as INSTALLED_APPS; `open` where not all of them stand there."""

    line: int
    items: tuple[str, ...]
    open: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A socket's route as the source words it."""

    line: int
    text: str
    pattern: str
    """The same as a regular expression on the path without the slash in front."""


@dataclass(frozen=True, slots=True)
class Program:
    """What one module says about sockets."""

    routes: tuple[Route, ...] = ()
    prefixes: tuple[str, ...] = ()
    """Prefixes that routers, mounts and includes put before routes, as regular expressions without slashes around."""
    open: bool = False
    """Whether a route or a prefix is worded by something that is no text: the routes are not all known."""
    protocols: Words | None = None
    """The keys of ProtocolTypeRouter (Channels)."""
    only_http: int | None = None
    """The line on which `application` is Django's own ASGI application and nothing around it."""
    validator: Words | None = None
    """The wrapper that checks the Origin, and the origins it was given."""
    installed_apps: Words | None = None
    allowed_hosts: Words | None = None
    hosts_variable: str = ""
    """The environment variable that ALLOWED_HOSTS is read from."""
    layer: Layer | None = None
    """The channel layer that is in force, as far as the source says it."""
    cors: Words | None = None
    """allow_origins of CORSMiddleware."""
    trusted_hosts: Words | None = None
    """allowed_hosts of TrustedHostMiddleware."""
    sio_origins: Words | None = None
    """cors_allowed_origins of python-socketio."""
    trusted_variable: str = ""
    """The environment variable that those are read from."""
    sio_variable: str = ""
    """The same of cors_allowed_origins."""
    top: Top = field(default_factory=Top)
    reads_origin: bool = False
    """Whether it looks at the Origin header itself."""


def read(text: str) -> Program | None:
    """Read a module; None where it is no Python of this version."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    program = Program(
        reads_origin=bool(re.search(r"""\.get\(\s*b?["']origin["']|\[b?["']origin["']\]""", text, re.IGNORECASE))
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            program = _call(program, node)
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            program = _assigned(program, node)
    named = variables(tree)
    return replace(
        program,
        layer=layer_of(tree),
        top=top_of(tree),
        trusted_variable=_stands_for(program.trusted_variable, named),
        sio_variable=_stands_for(program.sio_variable, named),
    )


def _stands_for(word: str, named: dict[str, str]) -> str:
    """Return the variable behind a name that is given as hosts or origins: `HOSTS = os.environ["X"].split(",")`."""
    return named.get(word[1:], "") if word[:1] == "=" else word


def _call(program: Program, node: ast.Call) -> Program:
    name = _name(node.func)
    if name in _CALLS or (name in _DECORATORS and isinstance(node.func, ast.Attribute)):
        return _routed(program, node, _text(node.args[0]) if node.args else _keyword_text(node, "path"), _starlette)
    if name in {"path", "re_path"} and len(node.args) > 1:
        return _of_channels(program, node, name)
    if name in {"APIRouter", "include_router"}:
        return _prefixed(program, node, "prefix")
    return _wrapped(program, node, name)


def _wrapped(program: Program, node: ast.Call, name: str) -> Program:
    if name in {"mount", "Mount"} and node.args:
        return _with_prefix(program, _text(node.args[0]))
    if name == "ProtocolTypeRouter" and node.args and isinstance(node.args[0], ast.Dict):
        keys = tuple(key for each in node.args[0].keys if each is not None and (key := _text(each)) is not None)
        whole = len(keys) == len(node.args[0].keys)
        return replace(program, protocols=Words(node.lineno, keys, open=not whole))
    if name in {"AllowedHostsOriginValidator", "OriginValidator"}:
        given = _words(node.args[1]) if name == "OriginValidator" and len(node.args) > 1 else Words(0, (), open=True)
        return replace(program, validator=replace(given, line=node.lineno))
    return _middleware(program, node, name)


def _middleware(program: Program, node: ast.Call, name: str) -> Program:
    given = {word.arg: word.value for word in node.keywords if word.arg}
    named = {name, *(_name(arg) for arg in node.args)} if name in {"add_middleware", "Middleware"} else {name}
    if "CORSMiddleware" in named:
        origins = _words(given["allow_origins"]) if "allow_origins" in given else Words(0, (), open=True)
        return replace(program, cors=replace(origins, line=node.lineno))
    if "TrustedHostMiddleware" in named and "allowed_hosts" in given:
        value = given["allowed_hosts"]
        return replace(
            program, trusted_hosts=replace(_words(value), line=value.lineno), trusted_variable=_asked_of(value)
        )
    if "cors_allowed_origins" in given:
        value = given["cors_allowed_origins"]
        return replace(program, sio_origins=replace(_words(value), line=value.lineno), sio_variable=_asked_of(value))
    return program


def _asked_of(node: ast.expr) -> str:
    """Return the variable that a value is read from; of a plain name `=` and the name."""
    return f"={node.id}" if isinstance(node, ast.Name) else variable_of(node)


def _assigned(program: Program, node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> Program:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    value = node.value
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    if value is None:
        return program
    if "INSTALLED_APPS" in names:
        return replace(program, installed_apps=_grown(program.installed_apps, _words(value), node))
    if "ALLOWED_HOSTS" in names:
        hosts = _grown(program.allowed_hosts, _words(value), node)
        return replace(program, allowed_hosts=hosts, hosts_variable=variable_of(value) or program.hosts_variable)
    if "application" in names:
        plain = isinstance(value, ast.Call) and _name(value.func) == "get_asgi_application"
        return replace(program, only_http=node.lineno if plain else None)
    return program


def _grown(held: Words | None, more: Words, node: ast.AST) -> Words:
    """Return a list that `+=` may have made longer."""
    if held is not None:  # set anew somewhere: which of the lines counts is not known
        again = not isinstance(node, ast.AugAssign)
        return Words(held.line, (*held.items, *more.items), held.open or more.open or again)
    return Words(node.lineno, more.items, more.open or isinstance(node, ast.AugAssign))  # type: ignore[attr-defined]


def _routed(program: Program, node: ast.Call, text: str | None, pattern: Pattern) -> Program:
    if text is None or MASKED in text:
        return replace(program, open=True)
    return replace(program, routes=(*program.routes, Route(node.lineno, text, pattern(text))))


def _of_channels(program: Program, node: ast.Call, name: str) -> Program:
    """Read `path("ws/", Consumer.as_asgi())` and a nested URLRouter; views of HTTP end otherwise."""
    target = node.args[1]
    called = _name(target.func) if isinstance(target, ast.Call) else ""
    pattern = _regex if name == "re_path" else _django
    text = _text(node.args[0])
    if called == "as_asgi":
        return _routed(program, node, text, pattern)
    if called == "URLRouter":
        if text is None:
            return replace(program, open=True)
        return replace(program, prefixes=(*program.prefixes, pattern(text).strip("/")))
    return program


def _prefixed(program: Program, node: ast.Call, word: str) -> Program:
    if any(keyword.arg is None for keyword in node.keywords):
        return replace(program, open=True)
    if not any(keyword.arg == word for keyword in node.keywords):
        return program
    return _with_prefix(program, _keyword_text(node, word))


def _with_prefix(program: Program, text: str | None) -> Program:
    if text is None:
        return replace(program, open=True)
    return replace(program, prefixes=(*program.prefixes, _starlette(text).strip("/")))


def _starlette(text: str) -> str:
    """Return `/ws/{user}` as a regular expression; `{rest:path}` takes slashes (Starlette, routing)."""
    parts = re.split(r"(\{[^}]*\})", text.removeprefix("/"))
    return "".join(
        (".*" if part.endswith(":path}") else "[^/]+") if part[:1] == "{" else re.escape(part) for part in parts
    )


_CONVERTERS = {"int": "[0-9]+", "slug": "[-a-zA-Z0-9_]+", "uuid": "[0-9a-f-]{36}", "path": ".+"}


def _django(text: str) -> str:
    """Return `ws/<int:id>/` as a regular expression (Django, URL dispatcher); unknown converters take a segment."""
    parts = re.split(r"(<[^>]*>)", text)
    return "".join(
        _CONVERTERS.get(part[1:].partition(":")[0], "[^/]+") if part[:1] == "<" else re.escape(part) for part in parts
    )


def _regex(text: str) -> str:
    return text.removeprefix("^").removesuffix("$").removesuffix(r"\Z")


def matches(route: Route, prefixes: tuple[str, ...], path: str) -> bool:
    """Whether a path is the route's, alone or behind any of the prefixes that the application puts together."""
    return any(_full(pattern, path) for pattern in _ways(route, prefixes))


def _ways(route: Route, prefixes: tuple[str, ...]) -> Iterator[str]:
    given = tuple(dict.fromkeys(prefix for prefix in prefixes if prefix))[:6]
    for count in range(min(len(given), _MOST_PREFIXES) + 1):
        for chosen in permutations(given, count):
            yield "/".join((*chosen, route.pattern))
            if count:
                yield "/".join(chosen) + route.pattern


def _full(pattern: str, path: str) -> bool:
    try:
        return re.fullmatch(pattern, path.removeprefix("/")) is not None
    except re.error:
        return True  # what cannot be read here may well match there


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _keyword_text(node: ast.Call, name: str) -> str | None:
    return next((_text(keyword.value) for keyword in node.keywords if keyword.arg == name), None)


def _words(node: ast.expr) -> Words:
    """Return the texts of a list; open where anything else stands there."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        texts = tuple(text for each in node.elts if (text := _text(each)) is not None)
        return Words(node.lineno, texts, open=len(texts) != len(node.elts) or MASKED in texts)
    said = _text(node)
    return Words(node.lineno, () if said is None else (said,), open=said is None)
