"""Samples: what HAProxy fetches of a request and how it converts it (manual sections 7.3), and log formats made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from wsfix.drivers.haproxy.request import OF_BROWSERS, Request
from wsfix.drivers.pcre import regex
from wsfix.drivers.text import decode, encode

Values = list[str] | bool | int | None
"""Strings, a truth, a number; None where it is not known."""
_CALL = re.compile(r"([A-Za-z0-9_.\-]+)(?:\(((?:[^()\"']|\"[^\"]*\"|'[^']*'|\((?:[^()]|\([^()]*\))*\))*)\))?")
_FORMAT = re.compile(r"%%|%(?:\{[^}]*\})?\[((?:[^\[\]]|\[[^\]]*\])*)\]|%[A-Za-z]+|[^%]+|%")


class Call(NamedTuple):
    """A fetch or a converter with its arguments."""

    name: str
    args: tuple[str, ...]


def calls(text: str) -> list[Call]:
    """The fetch and the converters of an expression, which commas divide."""
    found = []
    at = 0
    while match := _CALL.match(text, at):
        found.append(Call(match[1], _arguments(match[2]) if match[2] is not None else ()))
        at = match.end()
        if text[at : at + 1] != ",":
            break
        at += 1
    return found


def _arguments(text: str) -> tuple[str, ...]:
    """The arguments of a call; quotes keep commas together, the last parenthesis of a regular expression as well."""
    parts = re.findall(
        r"\s*((?:\"[^\"]*\"|'[^']*'|\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\]|\\.|[^,\"'(\[\\])*)(?:,|$)", text
    )
    words = [part.strip() for part in parts]
    if len(words) > 1 and not words[-1] and not text.endswith(","):
        words.pop()
    return tuple(word[1:-1] if word[:1] in {'"', "'"} and word[-1:] == word[:1] else word for word in words)


def fetch(text: str, request: Request, files: Mapping[str, bytes]) -> Values:
    """The value of an expression such as `req.hdr(host),lower`."""
    found = calls(text)
    if not found:
        return None
    value = _fetched(found[0], request)
    for converter in found[1:]:
        if value is None:
            return None
        value = _converted(value, converter, files)
    return value


def _fetched(call: Call, request: Request) -> Values:
    if call.name in _HEADERS:
        return _header(call, request)
    if call.name in {"hdr_cnt", "req.hdr_cnt", "req.fhdr_cnt"} and call.args:
        name = call.args[0].lower()
        return None if name in OF_BROWSERS - set(request.headers) else int(name in request.headers)
    if call.name == "var" and call.args:
        held = request.variables.get(call.args[0], "")
        return None if held is None else [held] if held else []
    if call.name in {"url_param", "urlp"} and call.args:
        pairs = [pair.partition("=") for pair in request.query.split("&")]
        return [value for name, _, value in pairs if name == call.args[0]][:1]
    if call.name in {"str", "int", "bool"} and call.args:
        return [call.args[0]] if call.name == "str" else int(call.args[0]) if call.args[0].isdigit() else None
    known = _FETCHES.get(call.name)
    return known(request) if known else None


_HEADERS = frozenset({"hdr", "req.hdr", "req.fhdr", "req_hdr", "fhdr"})


def _header(call: Call, request: Request) -> Values:
    """A header's values, divided at commas but for fhdr."""
    if not call.args:
        return None
    name = call.args[0].lower()
    if name not in request.headers:
        return None if name in OF_BROWSERS else []
    value = request.headers[name]
    if value is None:
        return None
    return [value] if "fhdr" in call.name else [part.strip() for part in value.split(",")]


_OF_HTTP = _HEADERS | {
    "path",
    "pathq",
    "url",
    "query",
    "base",
    "method",
    "url_param",
    "urlp",
    "hdr_cnt",
    "req.hdr_cnt",
    "cook",
    "req.cook",
}


def of_http(text: str) -> bool:
    """Whether an expression fetches a part of an HTTP request."""
    found = calls(text)
    return bool(found) and found[0].name in _OF_HTTP


def _text(value: str | None) -> Values:
    return None if value is None else [value]


def _base(request: Request, rest: str | None) -> Values:
    host = request.headers.get("host")
    return None if host is None or rest is None else [host + rest]


_FETCHES: Mapping[str, Callable[[Request], Values]] = {
    "path": lambda r: _text(r.path),
    "pathq": lambda r: _text(r.target),
    "url": lambda r: _text(r.target),
    "capture.req.uri": lambda r: _text(r.target),
    "query": lambda r: [r.query] if r.query else [],
    "base": lambda r: _base(r, r.path),
    "method": lambda _: ["GET"],
    "ssl_fc": lambda r: r.tls and not r.sni,
    "ssl_fc_sni": lambda r: [r.host] if r.tls and not r.sni else [],
    "req.ssl_sni": lambda r: [r.sni] if r.sni else [],
    "req_ssl_sni": lambda r: [r.sni] if r.sni else [],
    "req.ssl_hello_type": lambda r: int(bool(r.sni)),
    "req_ssl_hello_type": lambda r: int(bool(r.sni)),
    "status": lambda _: 101,
    "dst_port": lambda r: r.port,
    "req.ver": lambda _: ["1.1"],
    "req_ver": lambda _: ["1.1"],
    "req.proto_http": lambda _: True,
    "fc_http_major": lambda _: 1,
    "always_true": lambda _: True,
    "always_false": lambda _: False,
    "req.cook_cnt": lambda _: 0,
    "cook_cnt": lambda _: 0,
    "http_auth": lambda _: False,
}


def _converted(value: Values, call: Call, files: Mapping[str, bytes]) -> Values:
    if not isinstance(value, list):
        return None
    if call.name.startswith("map"):
        return _mapped(value, call, files)
    if call.name == "regsub":
        found = [_regsub(one, call.args) for one in value]
        return None if None in found else [one for one in found if one is not None]
    change = _CONVERTERS.get(call.name)
    return [change(one, call.args) for one in value] if change else None


def _field(text: str, args: tuple[str, ...]) -> str:
    number, sign = args[0], args[1] if len(args) > 1 else ","
    parts = text.split(sign or ",")
    index = int(number) - 1 if int(number) > 0 else int(number)
    return parts[index] if -len(parts) <= index < len(parts) else ""


_CONVERTERS: Mapping[str, Callable[[str, tuple[str, ...]], str]] = {
    "lower": lambda text, _: text.lower(),
    "upper": lambda text, _: text.upper(),
    "host_only": lambda text, _: re.sub(r":\d*$", "", text),
    "field": _field,
    "word": lambda text, args: _field(re.sub(f"{re.escape(args[1])}+", args[1], text).strip(args[1]), args),
}


def _regsub(text: str, args: tuple[str, ...]) -> str | None:
    pattern = regex(args[0], caseless="i" in "".join(args[2:]))
    if pattern is None:
        return None
    said = args[1] if len(args) > 1 else ""
    return decode(
        pattern.sub(lambda m: encode(expanded(said, m)), encode(text), count=0 if "g" in "".join(args[2:]) else 1)
    )


def expanded(text: str, match: re.Match[bytes]) -> str:
    r"""A replacement with `\0` to `\9` in it (exp_replace)."""

    def group(found: re.Match[str]) -> str:
        number = int(found[1])
        return decode(match[number] or b"") if number <= (match.re.groups or 0) else ""

    return re.sub(r"\\(\d)", group, text)


def _mapped(value: list[str], call: Call, files: Mapping[str, bytes]) -> Values:
    """The value that a map file gives for a key: the first line that matches (map, map_str, map_beg, map_end, map_dom, …)."""
    kind = call.name.split("_")[1] if "_" in call.name else "str"
    content = files.get(call.args[0]) if call.args else None
    tests: Mapping[str, Callable[[str, str], bool]] = {
        "str": lambda key, text: key == text,
        "beg": lambda key, text: text.startswith(key),
        "end": lambda key, text: text.endswith(key),
        "sub": lambda key, text: key in text,
        "dom": lambda key, text: f".{key}." in f".{text.replace(':', '.')}.",
    }
    if content is None or kind not in tests:
        return None
    lines = [line.split(None, 1) for line in decode(content).splitlines() if line.strip() and line.strip()[0] != "#"]
    held = [(words[0], words[1].strip()) for words in lines if len(words) > 1]
    if kind in {"beg", "end"}:
        held.sort(key=lambda pair: -len(pair[0]))
    for text in value:
        for key, to in held:
            if tests[kind](key, text):
                return [to]
    return [call.args[1]] if len(call.args) > 1 else []


def formatted(text: str, request: Request, files: Mapping[str, bytes]) -> str | None:
    """A log format expanded; None where it holds something that is not known."""
    told = ""
    for found in _FORMAT.finditer(text):
        if found[0] == "%%":
            told += "%"
        elif found[1] is not None:
            value = fetch(found[1], request, files)
            if value is None:
                return None
            told += (value[-1] if value else "") if isinstance(value, list) else str(int(value))
        elif found[0].startswith("%"):
            return None
        else:
            told += found[0]
    return told
