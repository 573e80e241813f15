"""The servers of an upstream{}: which are on this host, and which is the site's own backend."""

from __future__ import annotations

from wsfix.drivers.nginx.tree import Node
from wsfix.drivers.nginx.values import split_authority
from wsfix.faults.seen import Seen

HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_ASIDE = frozenset({"down", "backup"})


def servers_of(seen: Seen) -> tuple[Node, ...]:
    """Return the servers of the upstream{} that the route ends at; none where it ends at an address."""
    held = seen.nginx.pool(seen.route)
    return held[1] if held is not None else ()


def address(server: Node) -> tuple[str, int]:
    """Return host and port of a server."""
    return split_authority(server.args[0], 80) or ("", 0)


def asked(servers: tuple[Node, ...]) -> list[Node]:
    """Return the servers of this host that take their turn."""
    return [one for one in servers if not _ASIDE & set(one.args[1:]) and address(one)[0] in HERE]


def ours(seen: Seen, servers: tuple[Node, ...]) -> Node | None:
    """Return the server that is the site's backend."""
    backend = seen.site.backend
    if backend is None or backend.port is None:
        named = backend.address if backend else ""
        return next((one for one in servers if one.args[0] == named), None)
    return next((one for one in servers if address(one) in {(host, backend.port) for host in HERE}), None)
