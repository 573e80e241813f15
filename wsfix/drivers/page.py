"""JavaScript of a page as far as it words how its socket is opened, switched off or closed. Read as text, never run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wsfix.drivers.javascript import closing, without_comments

_HERE = r"\$\{[^}`]*\blocation\.(?P<own>host|hostname)\b[^}`]*\}"
_ADDRESS = re.compile(
    r"(?:(?P<scheme>wss?)://|//)(?:(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*)|" + _HERE + ")"
    r"(?::(?P<port>\d{2,5}))?(?P<path>/[^\"'`\s?#<]*)?"
)
_JOINED = re.compile(
    r"\blocation\.(?P<own>host|hostname)\s*\+\s*[\"'](?::(?P<port>\d{2,5}))?(?P<path>/[^\"'\s?#<]*)?[\"'](?P<more>\s*\+)?"
)
_OF_SOCKET = re.compile(r"\bnew WebSocket\b|[\"'`]wss?:|\bwss?://")
_FLAG = re.compile(
    r"(?:\bconst\s+(?P<name>\w*(?:[Ww]eb[Ss]ockets?|[Rr]ealtime)(?:Is)?[Ee]nabled|(?:is|use|enable)(?:WebSockets?|Realtime)(?:Enabled)?)"
    r"|\b(?P<capitals>[A-Z0-9_]*(?:WEB_?SOCKETS?|REALTIME)_?(?:IS_)?ENABLED|[A-Z0-9_]*(?:ENABLE|USE)_(?:WEB_?SOCKETS?|REALTIME)))"
    r"[\"']?\s*(?::|=(?!=))\s*[\"']?(?:false|!1|0)\b"
)
"""A constant, or a word in capitals: what a state begins with is no flag."""
_KEY = re.compile(
    r"(?:WEB_?SOCKETS?|REALTIME|SOCKET)_?(?:IS_?)?ENABLED?$|(?:ENABLE|USE)_?(?:WEB_?SOCKETS?|REALTIME)$", re.IGNORECASE
)
_DEV_CLIENT = re.compile(r"/@vite/client|webpack-dev-server/client|webpack/hot/dev-server|\bsockjs-node\b")
_EFFECT = re.compile(r"\buse(?:Layout)?Effect\s*\(")
_CLEANUP = re.compile(r"\breturn\s*(?:\(\s*\)\s*=>|function\s*\(\s*\))")


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """An address that a page puts together for its socket."""

    line: int
    text: str
    host: str
    """Empty where it is the page's own."""
    port: int | None
    path: str | None
    """None where it is not written out; without what a variable adds."""
    open: bool
    """Whether a variable goes on behind the path."""


def socket_addresses(text: str) -> tuple[SocketAddress, ...]:
    """Return the addresses of sockets that are written out, with the page's own host or with a name."""
    return tuple(_addresses(without_comments(text)))


def _addresses(plain: str) -> Iterator[SocketAddress]:
    for number, line in enumerate(plain.split("\n"), start=1):
        if not _OF_SOCKET.search(line):
            continue
        for match in (*_ADDRESS.finditer(line), *_JOINED.finditer(line)):
            groups = match.groupdict()
            host = groups.get("host") or ""
            if (host and not groups.get("scheme")) or "w3.org" in host:
                continue
            path = match["path"]
            fixed = path.split("${", 1)[0] if path else None
            more = bool(path and "${" in path) or bool(groups.get("more"))
            port = int(match["port"]) if match["port"] else None
            yield SocketAddress(number, match[0], host, port, fixed, more)


def openings(text: str) -> int:
    """Return how many times a WebSocket is made."""
    return len(re.findall(r"\bnew WebSocket\s*\(", without_comments(text)))


def switched_off(text: str) -> tuple[tuple[int, str], ...]:
    """Return line and name of each flag that says that sockets are off."""
    plain = without_comments(text)
    return tuple(
        (plain.count("\n", 0, match.start()) + 1, match["name"] or match["capitals"]) for match in _FLAG.finditer(plain)
    )


def is_switch(key: str) -> bool:
    """Whether a variable of a build switches sockets."""
    return _KEY.search(key) is not None


def dev_client(lines: tuple[tuple[int, str], ...]) -> tuple[int, str] | None:
    """Return where a page carries the client of a development server, which opens a socket of its own."""
    return next(((number, match[0]) for number, line in lines if (match := _DEV_CLIENT.search(line))), None)


def closing_effects(text: str) -> tuple[int, ...]:
    """Return the lines of effects that open a socket and close it in their cleanup, and that run more than once.

    An effect with an empty list of dependencies runs once for each mount; without a list it runs after every render.
    """
    plain = without_comments(text)
    found = []
    for match in _EFFECT.finditer(plain):
        end = closing(plain, match.end() - 1)
        body = plain[match.end() : end]
        cleanup = _CLEANUP.search(body)
        opens = re.search(r"\bnew WebSocket\s*\(|\bio\s*\(", body)
        if cleanup is None or opens is None or not re.search(r"\.(?:close|disconnect)\s*\(", body[cleanup.start() :]):
            continue
        if not re.search(r",\s*\[\s*\]\s*,?\s*$", body):
            found.append(plain.count("\n", 0, match.start()) + 1)
    return tuple(found)
