"""Which server{} answers: the address and port first, then the name.

ngx_http_core_module (listen, server_name), "Server names" and "How nginx processes a request": exact name, longest wildcard
that begins with an asterisk, longest that ends with one, first regular expression in order, default server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from wsfix.drivers.nginx.tree import Node
from wsfix.drivers.nginx.values import split_authority
from wsfix.drivers.pcre import regex
from wsfix.model.route import Position

_ANY = ("*", "::")
"""Every IPv4 address, every IPv6 address."""


@dataclass(frozen=True, slots=True)
class Listen:
    """One address on which a server takes connections."""

    address: str
    """`*` for every IPv4 address, `::` for every IPv6 address, an address, or `unix:/path`."""
    first_port: int
    last_port: int
    tls: bool = False
    default: bool = False
    position: Position | None = None

    @property
    def loopback(self) -> bool:
        """Whether only the host itself reaches it."""
        return self.address.startswith(("127.", "unix:")) or self.address.strip("[]") == "::1"

    def takes(self, port: int) -> bool:
        """Whether it listens on a port."""
        return self.first_port <= port <= self.last_port


@dataclass(frozen=True, slots=True)
class Server:
    """A server{} block and the http{} around it."""

    node: Node
    http: Node
    listens: tuple[Listen, ...]
    names: tuple[str, ...]

    @property
    def position(self) -> Position:
        """Where it stands."""
        return self.node.position

    def on(self, port: int) -> list[Listen]:
        """Its listening addresses that take a port."""
        return [listen for listen in self.listens if listen.takes(port)]

    def answers_to(self, host: str) -> bool:
        """Whether one of its names matches a host."""
        return _best_name((self,), canonical_host(host)) is not None


@dataclass(frozen=True, slots=True)
class Choice:
    """The server that answers, and how it came to that."""

    server: Server
    named: bool
    tls: bool
    """Whether the port speaks TLS."""
    captures: tuple[tuple[str, bytes], ...] = ()
    uncertain: tuple[str, ...] = ()


def servers(http: Node) -> list[Server]:
    """The servers of http{}, in the order in which nginx reads them."""
    return [_server(node, http) for node in http.all("server") if node.directive.is_block]


def canonical_host(host: str) -> str:
    """A host as nginx compares it: lower case, no trailing dot, an IPv6 address in brackets (ngx_http_validate_host)."""
    host = host.lower().removesuffix(".")
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def choose(
    candidates: Sequence[Server], host: str, port: int, address: str | None = None, *, tls: bool = False
) -> Choice | None:
    """The server for a connection to a port; without the local address, that of the likeliest listener."""
    groups = _groups(candidates, port, address)
    spoken = {where: any(listen.tls or _old_ssl(server) for server, listen in group) for where, group in groups.items()}
    fitting = {where: group for where, group in groups.items() if spoken[where] == tls} or groups
    choices = {where: _by_name(group, canonical_host(host), tls=spoken[where]) for where, group in fitting.items()}
    if not choices:
        return None
    specific = [where for where in choices if where not in _ANY]
    for where in specific:
        if choices[where].named or not any(wild in choices for wild in _ANY):
            return _among_addresses(choices, where)
    return choices.get(_ANY[0]) or choices[_ANY[1]]


def _among_addresses(choices: dict[str, Choice], where: str) -> Choice:
    chosen = choices[where]
    if all(other.server is chosen.server for other in choices.values()):
        return chosen
    doubt = f"servers listen on different addresses; taken for a connection to {where}"
    return Choice(chosen.server, chosen.named, chosen.tls, chosen.captures, (doubt,))


def _groups(candidates: Sequence[Server], port: int, address: str | None) -> dict[str, list[tuple[Server, Listen]]]:
    """The listeners of a port by address; a connection belongs to the most specific address alone."""
    groups: dict[str, list[tuple[Server, Listen]]] = {}
    for server in candidates:
        for listen in server.on(port):
            groups.setdefault(listen.address, []).append((server, listen))
    if address is None:
        return groups
    wild = "::" if ":" in address else "*"
    where = address if address in groups else wild
    return {where: groups[where]} if where in groups else {}


def _by_name(group: Sequence[tuple[Server, Listen]], host: str, *, tls: bool) -> Choice:
    found = _best_name([server for server, _ in group], host)
    if found is not None:
        server, captures = found
        return Choice(server, named=True, tls=tls, captures=captures)
    default = next((server for server, listen in group if listen.default), group[0][0])
    return Choice(default, named=False, tls=tls)


def _best_name(candidates: Sequence[Server], host: str) -> tuple[Server, tuple[tuple[str, bytes], ...]] | None:
    names = [(name, server) for server in candidates for name in server.names]
    exact = [server for name, server in names if host in {name, name.removeprefix(".") if name[:1] == "." else name}]
    if exact:
        return exact[0], ()
    heads = [(len(name), server) for name, server in names if name[:2] == "*." and host.endswith(name[1:])]
    heads += [(len(name) + 1, server) for name, server in names if name[:1] == "." and host.endswith(name)]
    tails = [(len(name), server) for name, server in names if name[-2:] == ".*" and host.startswith(name[:-1])]
    for wild in (heads, tails):
        if wild:
            return max(wild, key=lambda pair: pair[0])[1], ()
    for name, server in names:
        pattern = regex(name[1:], caseless=True) if name.startswith("~") else None
        found = pattern.search(host.encode("utf-8", "surrogateescape")) if pattern else None
        if found:
            numbered = [(str(n), group or b"") for n, group in enumerate(found.groups(), 1)]
            return server, (*numbered, *((k.lower(), v or b"") for k, v in found.groupdict().items()))
    return None


def _server(node: Node, http: Node) -> Server:
    return Server(node, http, *_taken(node))


@lru_cache(maxsize=4096)
def _taken(node: Node) -> tuple[tuple[Listen, ...], tuple[str, ...]]:
    """Addresses and names of a server; an edit elsewhere leaves it as it is, so that it is looked through once."""
    listens = tuple(_listen(listen) for listen in node.all("listen") if listen.args)
    names = tuple(
        name if name.startswith("~") else name.lower()
        for directive in node.all("server_name")
        for name in directive.args
    )
    return listens or (Listen("*", 80, 80),), names


def _listen(node: Node) -> Listen:
    first, *options = node.args
    address, low, high = _address(first)
    tls = "ssl" in options or "quic" in options
    default = "default_server" in options or "default" in options
    return Listen(address, low, high, tls, default, node.position)


def _address(text: str) -> tuple[str, int, int]:
    """`80`, `*:80`, `[::]:80`, `10.0.0.1`, `name:80`, `unix:/path`, and ports as `8000-8010`."""
    if text.startswith("unix:"):
        return text, 0, 0
    host, ports = ("*", text) if text.replace("-", "").isdigit() else _host_and_ports(text)
    low, _, high = ports.partition("-")
    if not low.isdigit() or (high and not high.isdigit()):
        return host, 0, 0
    wild = {"0.0.0.0": "*", "": "*", "::0": "::"}  # noqa: S104 - what a configuration says, not a socket of ours
    return wild.get(host, host), int(low), int(high or low)


def _host_and_ports(text: str) -> tuple[str, str]:
    if "-" in text and not text.startswith("["):
        host, _, ports = text.rpartition(":")
        if ports.replace("-", "").isdigit() and host:
            return host, ports
    found = split_authority(text, 80)
    return (found[0], str(found[1])) if found else (text, "")


def _old_ssl(server: Server) -> bool:
    """`ssl on;`, which nginx knew until 1.25.1."""
    node = server.node.last("ssl")
    return node is not None and node.args == ("on",)
