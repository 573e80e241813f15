"""Changes to where a server listens: the other address family, TLS on a port (ngx_http_core_module, listen)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsfix.drivers.nginx import splice
from wsfix.drivers.nginx.tree import Node
from wsfix.errors import CannotEdit
from wsfix.model.route import Position

if TYPE_CHECKING:
    from wsfix.drivers.nginx.config import Config

_KEPT = ("ssl", "http2", "proxy_protocol")
"""What a second `listen` of a port must say like the first; all else belongs to one address."""


def listen_on_ipv6(config: Config, position: Position, port: int) -> Config:
    """Let a server take IPv6 connections on a port, behind its `listen` for every IPv4 address."""
    server = config.server(position)
    listens = [listen for listen in server.on(port) if not listen.address.startswith("unix:")]
    if any(":" in listen.address for listen in listens):
        return config
    wild = [listen for listen in listens if listen.address == "*" and listen.position is not None]
    node = _listen_at(config, server.node, wild[0].position if wild else None)
    options = " ".join(option for option in node.args[1:] if option in _KEPT)
    line = f"listen [::]:{port}{' ' if options else ''}{options};"
    return config.with_document(splice.insert_after(config.document(node), node.directive, [line]))


def listen_with_tls(config: Config, position: Position, port: int) -> Config:
    """Let every `listen` of a server on a port speak TLS; refuses where no certificate is in force."""
    if config.server_setting(position, "ssl_certificate") is None:
        raise CannotEdit(f"{position}: no ssl_certificate is in force here")
    while True:
        server = config.server(position)
        plain = next((listen for listen in server.on(port) if not listen.tls), None)
        if plain is None:
            return config
        node = _listen_at(config, server.node, plain.position)
        document = splice.replace_arguments(config.document(node), node.directive, (*node.args, "ssl"))
        config = config.with_document(document)


def _listen_at(config: Config, server: Node, position: Position | None) -> Node:
    found = next((node for node in server.all("listen") if node.position == position), None)
    if found is None:
        raise CannotEdit(f"{server.position}: no `listen` of its own to go by")
    if config.times_used(found) > config.times_used(server):
        raise CannotEdit(f"{found.position}: listen stands in a file that is included elsewhere too")
    return found
