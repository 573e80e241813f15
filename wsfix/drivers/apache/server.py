"""Which virtual host answers: the address and port first, then the name (server/vhost.c).

A connection belongs to the hosts with its very address, else to those with `*`; with its port before those with `*` as port.
Among them the first whose ServerName or ServerAlias matches, else the first at all. The main server answers only where no
virtual host has the address and port.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass

from wsfix.drivers.apache.tree import Node, Tree
from wsfix.model.route import Position

_ANY = "*"
_EVERYWHERE = {"*", "_default_", "0.0.0.0", "::", "::0"}  # noqa: S104 - what a configuration says, not a socket of ours
_TLS_PORT = 443


@dataclass(frozen=True, slots=True)
class Listen:
    """One address of a virtual host, or one `Listen`; `*` is every address, port 0 every port."""

    address: str
    port: int
    protocol: str = ""

    def takes(self, port: int) -> bool:
        """Whether it is for a port."""
        return self.port in {0, port}


@dataclass(frozen=True, slots=True)
class Server:
    """A virtual host, or the main server, which is all that stands outside of them."""

    node: Node | None
    """The `<VirtualHost>`; None of the main server."""
    position: Position
    listens: tuple[Listen, ...]
    names: tuple[str, ...]
    """ServerName and the ServerAliases in lower case, without scheme and port."""
    nodes: tuple[Node, ...]
    """The directives that stand directly in it."""
    main: tuple[Node, ...] = ()
    """The directives of the main server, for a virtual host: what it inherits."""
    tls: bool = False
    inherited: tuple[str, ...] = ()
    """The main server's ServerName, which a virtual host without one answers to as well."""

    @property
    def is_main(self) -> bool:
        """Whether it is the main server."""
        return self.node is None

    @property
    def levels(self) -> tuple[tuple[Node, ...], ...]:
        """What is in force at the level of the server: the main server's directives first, then its own."""
        return (self.nodes,) if self.is_main else (self.main, self.nodes)

    def all(self, *names: str) -> list[Node]:
        """Its own directives of these names."""
        return [node for node in self.nodes if node.name in names]

    def last(self, name: str) -> Node | None:
        """The directive of a name that is in force: the last of its own, else the last of the main server."""
        found = [node for level in self.levels for node in level if node.name == name and node.args]
        return found[-1] if found else None

    def is_on(self, name: str) -> bool:
        """Whether a switch is on."""
        found = self.last(name)
        return found is not None and found.args[0].lower() == "on"

    def on(self, port: int) -> list[Listen]:
        """Its addresses that are for a port."""
        return [listen for listen in self.listens if listen.takes(port)]

    def answers_to(self, host: str) -> bool:
        """Whether one of its names matches a host; `*` and `?` in a ServerAlias stand for any signs and for one."""
        host = canonical_host(host)
        return any(
            host == name or (_is_wild(name) and fnmatch.fnmatchcase(host, _literal(name)))
            for name in (*self.inherited, *self.names)
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """The server that answers, and how it came to that."""

    server: Server
    named: bool
    uncertain: tuple[str, ...] = ()


def servers(tree: Tree, main: str) -> list[Server]:
    """The main server, then the virtual hosts in the order in which Apache reads them."""
    everything = tuple(node for node in tree.nodes if node.name != "virtualhost")
    ports = listeners(tree)
    names = _names(everything)
    found = [Server(None, Position(main, 1), ports, names, everything, (), _tls(everything, (), ports))]
    for node in tree.nodes:
        if node.name == "virtualhost" and node.directive.is_block:
            addresses = tuple(listen for arg in node.args for listen in _addresses(arg))
            own = node.children
            tls = _tls(own, everything, [port for port in ports if any(each.takes(port.port) for each in addresses)])
            unnamed = not any(child.name == "servername" for child in own)
            inherited = names[:1] if unnamed and any(each.address == _ANY for each in addresses) else ()
            found.append(Server(node, node.position, addresses, _names(own), own, everything, tls, inherited))
    return found


def listeners(tree: Tree) -> tuple[Listen, ...]:
    """The addresses that Apache binds: `Listen 80`, `Listen [::]:443 https`."""
    found: list[Listen] = []
    for node in tree.nodes:
        if node.name == "listen" and node.args:
            address, port = _address(node.args[0] if not node.args[0].isdigit() else f"*:{node.args[0]}")
            default = "https" if port == _TLS_PORT else "http"
            found.append(Listen(address, port, node.args[1].lower() if len(node.args) > 1 else default))
    return tuple(found)


def canonical_host(host: str) -> str:
    """A host as Apache compares it: lower case, no trailing dot, an IPv6 address without brackets."""
    return host.lower().removesuffix(".").strip("[]")


def choose(everyone: Sequence[Server], host: str, port: int, address: str | None, *, tls: bool) -> Choice | None:
    """The server for a connection to a port; without the local address, that of the likeliest virtual hosts."""
    main, *hosts = everyone
    if not any(listen.port == port for listen in main.listens):
        return None
    groups = _groups(hosts, port)
    if address is not None:
        group = groups.get(canonical_host(address)) or groups.get(_ANY)
        return _by_name(group, host) if group else Choice(main, named=main.answers_to(host))
    if not groups:
        return Choice(main, named=main.answers_to(host))
    choices = {where: _by_name(group, host) for where, group in groups.items()}
    best = max(choices, key=lambda where: (choices[where].server.tls == tls, choices[where].named, where == _ANY))
    if all(other.server is choices[best].server for other in choices.values()):
        return choices[best]
    doubt = f"virtual hosts have different addresses; taken for a connection to {best}"
    return Choice(choices[best].server, choices[best].named, (doubt,) if best != _ANY else ())


def _groups(hosts: Sequence[Server], port: int) -> dict[str, list[Server]]:
    """The virtual hosts of a port by address; those with the port itself come instead of those with `*` as port."""
    exact: dict[str, list[Server]] = {}
    wild: dict[str, list[Server]] = {}
    for server in hosts:
        for listen in server.on(port):
            group = (exact if listen.port else wild).setdefault(listen.address, [])
            if server not in group:
                group.append(server)
    return wild | exact


def _by_name(group: Sequence[Server], host: str) -> Choice:
    for server in group:
        if server.answers_to(host):
            return Choice(server, named=True)
    return Choice(group[0], named=False)


def _names(nodes: Sequence[Node]) -> tuple[str, ...]:
    names = [node.args[0] for node in nodes if node.name == "servername" and node.args][-1:]
    names = [_bare(name) for name in names]
    return (*names, *(arg.lower() for node in nodes if node.name == "serveralias" for arg in node.args))


def _bare(name: str) -> str:
    """A ServerName without scheme and port."""
    name = name.lower().partition("://")[2] or name.lower()
    head, _, port = name.rpartition(":")
    return (head if head and port.isdigit() else name).strip("[]")


def _tls(own: Sequence[Node], main: Sequence[Node], ports: Sequence[Listen]) -> bool:
    """Whether it speaks TLS: SSLEngine, else a certificate on a port whose protocol is https (ssl_engine_init.c)."""
    for level in (own, main):
        engine = [node.args[0].lower() for node in level if node.name == "sslengine" and node.args]
        if engine:
            return engine[-1] != "off"
    certified = any(node.name == "sslcertificatefile" for level in (own, main) for node in level)
    return certified and any(port.protocol == "https" for port in ports)


def _addresses(text: str) -> list[Listen]:
    address, port = _address(text)
    if address == "localhost":
        return [Listen("127.0.0.1", port), Listen("::1", port)]
    return [Listen(address, port)]


def _address(text: str) -> tuple[str, int]:
    """`*:80`, `[::]:80`, `10.0.0.1`, `_default_:*`, `80`; port 0 is every port."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = text.partition(":")
    host = host.lower()
    return (_ANY if host in _EVERYWHERE else host), int(port) if port.isdigit() else 0


def _is_wild(name: str) -> bool:
    return "*" in name or "?" in name


def _literal(name: str) -> str:
    return name.replace("[", "[[]")
