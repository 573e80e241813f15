"""JavaScript of a page as far as it words a socket's address: dev proxies, hard-coded hosts, schemes. Read as text, never run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|(?P<comment>//[^\n]*|/\*.*?\*/)""",
    re.DOTALL,
)
_PROXY = re.compile(r"\b(?:createProxyMiddleware|legacyCreateProxyMiddleware|proxy)\s*\(")
_LOCAL = re.compile(r"""\b(?P<scheme>wss?|https?)://(?P<host>localhost|127\.0\.0\.1|0\.0\.0\.0)(?P<port>:\d+)?""")
_INSECURE = re.compile(r"""(?P<quote>["'`])ws://(?P<rest>[^"'`\s]*)""")
_DERIVED = re.compile(r"\blocation\s*\.\s*(?:host|hostname|origin|href|protocol)\b")
_ENVIRONMENT = re.compile(r"process\.env|import\.meta\.env")
_NEAR = 80


@dataclass(frozen=True, slots=True)
class DevProxy:
    """One entry of a development server's proxy."""

    line: int
    paths: tuple[str, ...]
    """The paths that it takes; empty where they are not written as texts."""
    sockets: bool
    """Whether it says `ws: true`."""
    closing: int
    """The line on which its options end."""
    changes_host: bool = False
    """Whether it says `changeOrigin: true`, which changes the Host and not the Origin."""
    changes_origin: bool = False
    """Whether it changes the Origin, too: `rewriteWsOrigin: true`, or a header of its own."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address that stands in the source."""

    line: int
    text: str


def without_comments(text: str) -> str:
    """Return the text with comments blanked out; lines and columns stay."""

    def blank(match: re.Match[str]) -> str:
        return match[0] if match["comment"] is None else re.sub(r"[^\n]", " ", match[0])

    return _TOKEN.sub(blank, text)


def dev_proxies(text: str) -> tuple[DevProxy, ...]:
    """Return the entries of setupProxy.js (http-proxy-middleware) or of `server.proxy` in a configuration of Vite."""
    plain = without_comments(text)
    return (*_middlewares(plain), *_of_vite(plain))


def _middlewares(text: str) -> Iterator[DevProxy]:
    for match in _PROXY.finditer(text):
        end = closing(text, match.end() - 1)
        inside = text[match.end() : end]
        before = text[text.rfind(";", 0, match.start()) + 1 : match.start()]
        # the last `use(` before it is the one whose path it has
        before = before[before.rfind("use(") :] if "use(" in before else ""
        yield _entry(text, match.start(), _paths(before, inside), inside, end)


def _paths(before: str, inside: str) -> tuple[str, ...]:
    """Return the paths in `app.use('/ws', …)`, in a filter, or in front of the options."""
    found = re.findall(r"""["'](/[^"']*)["']""", before)
    options = inside.find("{")
    found += re.findall(r"""["'](/[^"']*)["']""", inside[: max(options, 0)])
    said = re.search(r"pathFilter\s*:\s*(\[[^\]]*\]|[\"'][^\"']*[\"'])", inside)
    found += re.findall(r"""["'](/[^"']*)["']""", said[1]) if said else []
    return tuple(dict.fromkeys(found))


def _of_vite(text: str) -> Iterator[DevProxy]:
    """Read `proxy: { '/ws': { target: …, ws: true } }`; a text for a target takes no sockets (Vite, server.proxy)."""
    for start in re.finditer(r"\bproxy\s*:\s*\{", text):
        end = closing(text, start.end() - 1)
        position = start.end()
        for match in iter(lambda: re.compile(r"""["'](\^?/[^"']*)["']\s*:\s*""").search(text, position, end), None):  # noqa: B023
            after = match.end()
            stop = closing(text, after) if text[after : after + 1] == "{" else after
            yield _entry(text, match.start(), (match[1],), text[after:stop], stop)
            position = max(stop, after)


def _entry(text: str, start: int, paths: tuple[str, ...], options: str, end: int) -> DevProxy:
    return DevProxy(
        _line(text, start),
        paths,
        _has_ws(options),
        _line(text, end),
        changes_host=re.search(r"\bchangeOrigin\s*:\s*(?:true|!0)\b", options) is not None,
        changes_origin=re.search(r"\brewriteWsOrigin\s*:\s*(?:true|!0)\b|[\"']?\bOrigin[\"']?\s*[:,]", options)
        is not None,
    )


def _has_ws(options: str) -> bool:
    return re.search(r"""\bws["']?\s*:\s*(?:true|!0)\b|["']wss?://""", options) is not None


def closing(text: str, opening: int) -> int:
    """Return where the bracket that opens there is closed; the end of the text where it never is."""
    depth = 0
    position = opening
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token:
            position = token.end()
            continue
        sign = text[position]
        depth += (sign in "([{") - (sign in ")]}")
        if depth == 0:
            return position
        position += 1
    return len(text)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def local_addresses(lines: tuple[tuple[int, str], ...]) -> tuple[Address, ...]:
    """Return addresses of the visitor's own machine that a page really takes.

    Not those that stand behind a question about the page's own name, a variable of the build, or another value; nor one
    of http without a port, which libraries carry as a base for parsing.
    """
    found = []
    for number, line in _uncommented(lines):
        for match in _LOCAL.finditer(line):
            if match["scheme"].startswith("http") and not match["port"]:
                continue
            before = line[max(0, match.start() - _NEAR) : match.start()]
            if (
                "hostname" in before
                or "localhost" in before
                or _ENVIRONMENT.search(before)
                or re.search(r"(?:\|\||\?\?)\s*[\"'`]$", before)
            ):
                continue
            found.append(Address(number, match[0]))
    return tuple(found)


def insecure_addresses(lines: tuple[tuple[int, str], ...]) -> tuple[Address, ...]:
    """Return addresses that begin with ws:// where the same place does not choose between that and wss://."""
    found = []
    for number, line in _uncommented(lines):
        for match in _INSECURE.finditer(line):
            near = line[max(0, match.start() - _NEAR) : match.end() + _NEAR]
            local = _LOCAL.match(f"ws://{match['rest']}")
            if "wss" not in near and "protocol" not in near and local is None and "w3.org" not in match["rest"]:
                found.append(Address(number, f"ws://{match['rest']}"))
    return tuple(found)


def derives_address(text: str) -> bool:
    """Whether a socket's address is put together from the page's own."""
    plain = without_comments(text)
    return bool(_DERIVED.search(plain)) and bool(re.search(r"\bnew WebSocket\b|\bio\(|wss?:", plain))


def _uncommented(lines: tuple[tuple[int, str], ...]) -> Iterator[tuple[int, str]]:
    """Yield the lines without comments, where they are those of a whole file; pieces of a built one hold none."""
    numbers = [number for number, _ in lines]
    if numbers == list(range(1, len(lines) + 1)):
        yield from enumerate(without_comments("\n".join(line for _, line in lines)).split("\n"), start=1)
    else:
        yield from lines
