"""Which server answers for a host and port, and which of its locations takes a path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from wsfix.drivers.nginxconf.tree import Node


@dataclass(frozen=True, slots=True)
class Listen:
    """One `listen` of a server (ngx_http_core_module, listen)."""

    address: str
    port: int
    tls: bool
    default: bool


def listens(server: Node) -> list[Listen]:
    """Return the sockets of a server; without any `listen` it is port 80 (8000 for an ordinary user)."""
    found = [listen for node in server.all("listen") if (listen := _listen(node)) is not None]
    return found or ([] if server.last("listen") else [Listen("*", 80, tls=False, default=False)])


def _listen(node: Node) -> Listen | None:
    if not node.args or node.args[0].startswith("unix:"):
        return None
    first, flags = node.args[0], set(node.args[1:])
    if first.startswith("["):
        address, _, port = first[1:].partition("]")
        port = port.lstrip(":")
    elif first.isdigit():
        address, port = "*", first
    else:
        address, _, port = first.partition(":")
    number = int(port) if port.isdigit() else 80
    return Listen(address, number, "ssl" in flags or "quic" in flags, bool(flags & {"default_server", "default"}))


def names(server: Node) -> tuple[str, ...]:
    """Return the names of a server in lower case."""
    return tuple(name.lower() for node in server.all("server_name") for name in node.args)


def pick_server(servers: list[Node], host: str, port: int) -> tuple[Node, bool] | None:
    """Return the server for a host and whether it has that name (nginx.org, server_names; exact, *.x, x.*, regex)."""
    there = [server for server in servers if any(listen.port == port for listen in listens(server))]
    if not there:
        return None
    ranked = [(rank, server) for server in there for name in names(server) if (rank := _rank(name, host)) is not None]
    if ranked:
        best = min(rank for rank, _ in ranked)
        return next(server for rank, server in ranked if rank == best), True
    default = [s for s in there if any(listen.port == port and listen.default for listen in listens(s))]
    return (default or there)[0], False


def _rank(name: str, host: str) -> tuple[int, int] | None:
    """Return how well a name fits, smaller is better; the longest wildcard comes first among its kind."""
    if name == host:
        return (0, 0)
    if name.startswith("."):
        return (1, -len(name)) if host == name[1:] or host.endswith(name) else None
    if name.startswith("*."):
        return (1, -len(name)) if host.endswith(name[1:]) else None
    if name.endswith(".*"):
        return (2, -len(name)) if host.startswith(name[:-1]) else None
    if name.startswith("~"):
        return (3, 0) if regex(name[1:], ignore_case=True, text=host) else None
    return None


def regex(pattern: str, *, ignore_case: bool, text: str) -> re.Match[str] | None:
    """Search as PCRE would; a pattern that Python cannot read matches nothing."""
    try:
        return re.search(
            pattern.replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!"),
            text,
            re.IGNORECASE if ignore_case else 0,
        )
    except re.error:
        return None


def normalized(path: str) -> str:
    """Return a path as locations see it: decoded, dots resolved, slashes merged (ngx_http_core_module, location)."""
    kept: list[str] = []
    decoded = unquote(path.partition("?")[0], errors="surrogateescape")
    parts = re.split("/+", decoded)
    for index, part in enumerate(parts[1:], start=1):
        last = index == len(parts) - 1
        if part == "..":
            kept = kept[:-1]
        elif part != ".":
            if part or last:
                kept.append(part)
            continue
        if last:
            kept.append("")
    return "/" + "/".join(kept)


@dataclass(frozen=True, slots=True)
class Location:
    """A location block: its modifier and what it matches."""

    node: Node
    modifier: str
    match: str

    @property
    def is_regex(self) -> bool:
        """Whether it is a regular expression."""
        return self.modifier in {"~", "~*"}


def locations(block: Node) -> Iterator[Location]:
    """Yield the locations directly in a block."""
    for node in block.all("location"):
        if len(node.args) == 2:  # noqa: PLR2004
            yield Location(node, node.args[0], node.args[1])
        elif node.args:
            match = re.match(r"(=|\^~|~\*|~)(.+)", node.args[0])
            yield Location(node, match[1], match[2]) if match else Location(node, "", node.args[0])


def pick_location(block: Node, path: str) -> tuple[Location, ...]:
    """Return the chain of locations from the outermost to the one that takes a path; empty for none."""
    chain, _ = _find(block, path)
    return chain


def _find(block: Node, path: str) -> tuple[tuple[Location, ...], bool]:
    """Follow ngx_http_core_find_location; the flag says that the match is final, so that outer regexes are not asked."""
    here = [location for location in locations(block) if not location.match.startswith("@")]
    exact = next((each for each in here if each.modifier == "=" and each.match == path), None)
    if exact is not None:
        return (exact,), True
    prefixes = [each for each in here if each.modifier in {"", "^~"} and path.startswith(each.match)]
    chain: tuple[Location, ...] = ()
    if prefixes:
        longest = max(prefixes, key=lambda each: len(each.match))
        nested, final = _find(longest.node, path)
        chain = (longest, *nested)
        if final:
            return chain, True
        if longest.modifier == "^~":
            return chain, False
    for each in here:
        if each.is_regex and regex(each.match, ignore_case=each.modifier == "~*", text=path):
            return (each, *_find(each.node, path)[0]), True
    return chain, False


def redirecting(block: Node, path: str) -> Location | None:
    """Return the proxied location `path/` that makes nginx answer 301 to `path` (ngx_http_core_module, location)."""
    exact = any(each.modifier == "=" and each.match == path for each in locations(block))
    if exact or path.endswith("/"):
        return None
    chain = pick_location(block, path)
    if any(each.is_regex for each in chain):
        pass
    for each in locations(block):
        if each.modifier in {"", "^~"} and each.match == f"{path}/" and proxies(each.node):
            return each
    return None


def proxies(node: Node) -> bool:
    """Whether a location hands requests to another server."""
    return any(
        node.last(name)
        for name in ("proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass", "grpc_pass")
    )
