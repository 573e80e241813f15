"""nginx's own notations inside a word: times, variables and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TIME = re.compile(
    r"(?:(\d+)y *)?(?:(\d+)M *)?(?:(\d+)w *)?(?:(\d+)d *)?(?:(\d+)h *)?(?:(\d+)m(?!s) *)?(?:(\d+)s *)?(?:(\d+)ms *)?(\d+)?"
)
_TIME_UNITS = (31536000.0, 2592000.0, 604800.0, 86400.0, 3600.0, 60.0, 1.0, 0.001, 1.0)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def seconds(text: str) -> float | None:
    """A time in seconds (ngx_parse_time): `60`, `1h`, `1m 30s`, `500ms`; None if nginx would not take it."""
    found = _TIME.fullmatch(text)
    if not found or not text:
        return None
    if found[9] and any(found.groups()[6:8]):
        return None
    return sum(float(count) * unit for count, unit in zip(found.groups(), _TIME_UNITS, strict=True) if count)


def variables(text: str) -> Iterator[str]:
    """The names of the variables that a value holds, digits (captures of a regex) among them."""
    for found in _VARIABLE.finditer(text):
        yield (found[1] or found[2]).lower()


def split_variables(text: str) -> Iterator[tuple[str, str]]:
    """A value in pieces: each a literal and the name of the variable that follows it ('' for none)."""
    position = 0
    for found in _VARIABLE.finditer(text):
        name = found[1] or found[2]
        if found[2] and name[0].isdigit():
            # A capture is one digit: `$10` is `$1` and a literal 0 (ngx_http_script_compile).
            name = name[0]
            yield text[position : found.start()], name
            position = found.start() + 2
            continue
        yield text[position : found.start()], name.lower()
        position = found.end()
    if position < len(text):
        yield text[position:], ""


def split_authority(text: str, default_port: int) -> tuple[str, int] | None:
    """`host:port`, `host` or `[v6]:port` as host and port; None if the port is no number."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = text.partition(":")
    if not port:
        return host, default_port
    return (host, int(port)) if port.isdigit() else None
