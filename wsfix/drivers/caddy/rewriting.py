"""What `rewrite`, `uri`, `try_files` and the strip of `handle_path` make of a path (modules/caddyhttp/rewrite)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from wsfix.drivers.caddy.request import Request, clean
from wsfix.drivers.pcre import regex
from wsfix.drivers.text import decode, encode


def stripped_prefix(pattern: str) -> str:
    """What `handle_path` takes off the path: the pattern without its `/*` or `*`."""
    if pattern.endswith("/*"):
        return pattern[:-2]
    return pattern.removesuffix("*")


def rewritten(target: str, came: Request) -> Request | None:
    """The request after `rewrite`; the query stays unless the target holds one. None where it is not known."""
    path, mark, query = target.partition("?")
    filled, asked = came.expand(path), came.expand(query)
    if filled is None or asked is None:
        return None
    found, injected, inner = filled.partition("?")
    result = came
    if path:
        result = came.with_path(encode(found))
    if injected and not mark:
        return replace(result, query=inner)
    return replace(result, query=asked) if mark else result


def manipulated(args: tuple[str, ...], came: Request) -> Request | None:
    """The request after `uri`; None where it is not known."""
    filled = [came.expand(arg) for arg in args[1:]]
    values = [value for value in filled if value is not None]
    if not args or len(values) != len(filled) or not values:
        return None
    kind, first = args[0], values[0]
    if kind == "strip_prefix":
        return without_prefix(first if first.startswith("/") else f"/{first}", came)
    if kind == "strip_suffix":
        path = _cleaned(came, first)
        return came.with_escaped(path[: -len(first)] if first and path.lower().endswith(first.lower()) else path)
    if kind == "replace" and len(values) > 1:
        times = int(values[2]) if len(values) > 2 and values[2].isdigit() else 0  # noqa: PLR2004
        changed = _cleaned(came, first).replace(first, values[1], times or -1)
        return replace(came.with_escaped(changed), query=came.query.replace(first, values[1], times or -1))
    pattern = regex(first) if kind == "path_regexp" and len(values) > 1 else None
    if pattern is None or "$" in values[1]:
        return None
    return came.with_escaped(
        decode(pattern.sub(encode(values[1]).replace(b"\\", b"\\\\"), encode(_cleaned(came, first))))
    )


def without_prefix(prefix: str, came: Request) -> Request:
    """The request without a prefix of its path; case does not matter (trimPathPrefix)."""
    path = _cleaned(came, prefix)
    if path.lower().startswith(prefix.lower()):
        return came.with_escaped(path[len(prefix) :])
    decoded = clean(came.path, merge="//" not in prefix)
    if decoded.lower().startswith(encode(prefix).lower()):
        return came.with_escaped(quote(decoded[len(encode(prefix)) :], safe="$&+,/:;=@-_.~"))
    return came.with_escaped(path)


def _cleaned(came: Request, about: str) -> str:
    return decode(clean(encode(came.escaped), merge="//" not in about))
