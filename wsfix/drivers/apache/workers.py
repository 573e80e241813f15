"""Workers: what mod_proxy knows of each URL that it proxies to, and who set it (proxy_util.c, ap_proxy_get_worker_ex).

The first directive that names a URL defines its worker. A later one whose URL begins with the URL of a worker of the same server
shares that worker, and all of its own parameters are ignored (AH01146). At the request the longest of them counts, of two that
are alike the main server's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from wsfix.drivers.apache.passes import PASSES
from wsfix.drivers.apache.server import Server
from wsfix.drivers.apache.tree import Node
from wsfix.drivers.paths import is_pattern

DEFAULT_PORTS = {
    "http": 80,
    "https": 443,
    "ws": 80,
    "wss": 443,
    "ajp": 8009,
    "fcgi": 8000,
    "ftp": 21,
    "h2": 443,
    "h2c": 80,
}
_PARAMETER = re.compile(r"([A-Za-z]\w*)=(.*)", re.DOTALL)


@dataclass(slots=True)
class Worker:
    """One worker; `owner` is the directive that defined it and whose parameters count."""

    url: str
    is_match: bool
    owner: Node
    params: dict[str, str] = field(default_factory=dict)
    socket: str | None = None
    of_main: bool = False
    sharing: list[Node] = field(default_factory=list)
    """The later directives that share it."""

    def upgrades(self, scheme: str) -> bool:
        """Whether a WebSocket's upgrade is forwarded (ap_proxy_worker_can_upgrade): by default to ws:// and wss:// only."""
        wanted = self.params.get("upgrade", "")
        if not wanted:
            return scheme in {"ws", "wss"}
        return wanted.lower() in {"any", "*", "websocket"} or "websocket" in re.split(r"[\s,]+", wanted.lower())


@dataclass(frozen=True, slots=True)
class Balancer:
    """A balancer:// and its members."""

    name: str
    members: tuple[Worker, ...]
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def active(self) -> list[Worker]:
        """The members that take requests: not disabled, stopped or a spare, unless there is nothing else."""
        up = [one for one in self.members if not set("dsn") & set(one.params.get("status", "").lower().lstrip("+"))]
        return [one for one in up if "h" not in one.params.get("status", "").lower()] or up


def workers(server: Server) -> list[Worker]:
    """All workers of a server, those of the main server first, unless ProxyInherit or ProxyPassInherit is off."""
    found: list[Worker] = []
    for level in server.levels:
        own: list[Worker] = []
        for node, url, params, is_match in _definitions(level):
            _define(own, node, url, params, is_match=is_match, of_main=level is not server.nodes)
        found += own
    return found


def worker_for(url: str, known: Sequence[Worker], *, prefix: bool = True, match: bool = True) -> Worker | None:
    """The worker for a URL: the longest whose name the URL begins with, at least scheme, host and port."""
    best: Worker | None = None
    head, slash, tail = _split(url)
    lowered, least = head.lower() + slash + tail, len(head)
    for one in known:
        fits = len(one.url) <= len(url) and len(one.url) >= least and len(one.url) > (len(best.url) if best else 0)
        kind = match and _begins_like(lowered, one.url) if one.is_match else prefix and lowered.startswith(one.url)
        if fits and kind:
            best = one
    return best


def balancers(server: Server) -> dict[str, Balancer]:
    """The balancers that a server knows, by their URL in lower case."""
    members: dict[str, list[Worker]] = {}
    for level in server.levels:
        for node in level:
            for name, member in _members(node):
                members.setdefault(name.lower().rstrip("/"), []).append(member)
    return {name: Balancer(name, tuple(found)) for name, found in members.items()}


def named(url: str) -> tuple[str, str | None]:
    """A worker's name for a URL as written, and its unix socket: host in lower case, no default port."""
    socket = None
    if url.lower().startswith("unix:") and "|" in url:
        socket, _, url = url.removeprefix(url[:5]).partition("|")
    head, slash, tail = _split(url)
    scheme, _, authority = head.lower().partition("://")
    if not authority and socket is not None:
        authority = "localhost"
    default = DEFAULT_PORTS.get(scheme)
    if default is not None:
        authority = authority.removesuffix(f":{default}")
    return f"{scheme}://{authority}{slash}{tail}", socket


def _definitions(level: Sequence[Node]) -> Iterator[tuple[Node, str, dict[str, str], bool]]:
    """What defines workers, in the order in which it is read; the passes inside of sections too."""
    for node in level:
        if node.name in PASSES:
            words = list(node.args)
            tilde = words[:1] == ["~"]
            yield from _of_pass(
                node, words[2:] if tilde else words[1:], is_match=tilde or node.name == "proxypassmatch"
            )
        elif node.name in {"location", "locationmatch"}:
            glob = is_pattern(node.args[-1]) if node.args else False
            for child in node.all(*PASSES):
                yield from _of_pass(child, list(child.args), is_match=glob or child.name == "proxypassmatch")
        elif node.name in {"proxy", "proxymatch"} and node.args:
            for child in node.all("proxyset"):
                yield node, node.args[0], _parameters(child.args), node.name == "proxymatch"
            if len(node.args) > 1:
                yield node, node.args[0], _parameters(node.args[1:]), node.name == "proxymatch"
        elif node.name == "proxyset" and node.args:
            yield node, node.args[0], _parameters(node.args[1:]), False


def _of_pass(node: Node, words: list[str], *, is_match: bool) -> Iterator[tuple[Node, str, dict[str, str], bool]]:
    if words and words[0] != "!" and not words[0].lower().startswith("balancer:"):
        yield node, words[0], _parameters(words[1:]), is_match


def _define(own: list[Worker], node: Node, url: str, params: dict[str, str], *, is_match: bool, of_main: bool) -> None:
    if url.lower().startswith("balancer:") or "://" not in url:
        return
    name, socket = named(url)
    there = worker_for(url.partition("|")[2] or url, own, prefix=not is_match, match=is_match)
    if there is None:
        own.append(Worker(name, is_match, node, dict(params), socket, of_main))
    elif node.name in {"proxy", "proxymatch", "proxyset"}:
        there.params.update(params)
    else:
        there.sharing.append(node)


def _members(node: Node) -> Iterator[tuple[str, Worker]]:
    if node.name == "balancermember" and len(node.args) > 1:
        yield node.args[0], _member(node, node.args[1:])
    elif node.name == "proxy" and node.args and node.args[0].lower().startswith("balancer:"):
        for child in node.all("balancermember"):
            if child.args:
                yield node.args[0], _member(child, child.args)


def _member(node: Node, words: Sequence[str]) -> Worker:
    name, socket = named(words[0])
    return Worker(name, is_match=False, owner=node, params=_parameters(words[1:]), socket=socket)


def _parameters(words: Sequence[str]) -> dict[str, str]:
    found = (_PARAMETER.fullmatch(word) for word in words)
    return {pair[1].lower(): pair[2] for pair in found if pair}


def _split(url: str) -> tuple[str, str, str]:
    """Scheme and authority, the slash behind them, and the rest."""
    scheme, colon, rest = url.partition("://")
    authority, slash, tail = rest.partition("/")
    return f"{scheme}{colon}{authority}", slash, tail


def _begins_like(url: str, name: str) -> bool:
    """Whether a URL begins with a name in which `$1` stands for anything (ap_proxy_strcmp_ematch)."""
    pieces = re.split(r"(?:\$\d)+", name)
    pattern = ".*?".join(re.escape(re.sub(r"\\(.)", r"\1", piece)) for piece in pieces)
    return re.match(pattern, url, re.DOTALL) is not None


def split_host(authority: str, scheme: str) -> tuple[str, int]:
    """Host and port of an authority, the scheme's port if it has none."""
    parts = urlsplit(f"//{authority}")
    try:
        port = parts.port
    except ValueError:
        port = None
    return parts.hostname or "", port or DEFAULT_PORTS.get(scheme, 0)
