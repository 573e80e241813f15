"""Changes to where a location proxies: its address, the URI of its proxy_pass, the slashes of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsfix.drivers.nginx import splice
from wsfix.drivers.nginx.location import Location, Modifier, locations
from wsfix.drivers.nginx.proxy import Target, active_servers, target, upstream_block
from wsfix.drivers.nginx.server import Server
from wsfix.drivers.nginx.tree import Node
from wsfix.drivers.nginx.values import split_authority
from wsfix.errors import CannotEdit
from wsfix.model.route import Route

if TYPE_CHECKING:
    from wsfix.drivers.nginx.config import Config


def authority(host: str, port: int) -> str:
    """Return an address as nginx words it; a host that is a path is a unix socket."""
    if host.startswith("/"):
        return f"unix:{host}"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def retarget(config: Config, route: Route, host: str, port: int) -> Config:
    """Change the address in the proxy_pass; in the upstream{} where this location alone uses it and it has one server."""
    node, where, location = _pass(config, route)
    address = authority(host, port)
    block = upstream_block(config.http, where.authority)
    if block is None:
        return _aim(config, node, location, Target(where.scheme, address, where.uri))
    servers = active_servers(block)
    if len(servers) == 1 and servers[0].args[0] == address:
        return config
    if _users(config, where.authority) > 1:
        return _aim(config, node, location, Target(where.scheme, address, where.uri))
    if len(servers) != 1:
        raise CannotEdit(
            f"{block.position}: upstream {where.authority} has {len(servers)} servers; which one is wrong?"
        )
    arguments = (address, *servers[0].args[1:])
    document = config.document(servers[0])
    return config.with_document(splice.replace_arguments(document, servers[0].directive, arguments))


def set_upstream_uri(config: Config, route: Route, uri: str | None) -> Config:
    """Write another URI behind the address of the proxy_pass, or none."""
    node, where, location = _pass(config, route)
    if uri and (location.modifier.is_regex or location.modifier is Modifier.NAMED):
        raise CannotEdit(f"{node.position}: nginx takes no URI in the proxy_pass of `{location.match}`")
    return _aim(config, node, location, Target(where.scheme, where.authority, uri or ""))


def set_upstream_scheme(config: Config, route: Route, scheme: str) -> Config:
    """Write another scheme before the address of the proxy_pass."""
    node, where, location = _pass(config, route)
    return _aim(config, node, location, Target(scheme, where.authority, where.uri))


def align_slash(config: Config, route: Route) -> Config:
    """End the URI of the proxy_pass with a slash exactly if the location does; `location /x` to `/` gets the slash itself."""
    node, where, location = _pass(config, route)
    if not where.uri or not location.modifier.is_prefix:
        return config
    ends, wanted = where.uri.endswith("/"), location.name.endswith("/")
    if ends == wanted:
        return config
    if wanted:
        return _aim(config, node, location, Target(where.scheme, where.authority, where.uri + "/"))
    if where.uri.rstrip("/"):
        return _aim(config, node, location, Target(where.scheme, where.authority, where.uri.rstrip("/")))
    return _with_slash(config, route, location)


def reaches(config: Config, server: Server, host: str, port: int) -> bool:
    """Whether a location of a server proxies to a port of this host, or to the unix socket that `host` is."""
    for node in server.node.walk():
        where = target(node.args[0]) if node.name == "proxy_pass" and node.args else None
        if where is None:
            continue
        block = upstream_block(config.http, where.authority)
        addresses = [one.args[0] for one in active_servers(block)] if block else [where.authority]
        if host.startswith("/"):
            if authority(host, port) in {address.rstrip(":") for address in addresses}:
                return True
            continue
        found = [
            split_authority(address, 443 if where.scheme == "https" and not block else 80) for address in addresses
        ]
        if any(one and one[1] == port and _is_here(one[0]) for one in found):
            return True
    return False


def _is_here(host: str) -> bool:
    return host == "localhost" or host.startswith("127.") or host == "::1"


def _pass(config: Config, route: Route) -> tuple[Node, Target, Location]:
    location = config.location(route)
    node = location.node.last("proxy_pass")
    where = target(node.args[0]) if node and node.args else None
    if node is None or where is None:
        raise CannotEdit(f"{route.position}: `{location.match}` has no proxy_pass to an address")
    if "$" in node.args[0]:
        raise CannotEdit(f"{node.position}: the target {node.args[0]} depends on variables")
    return node, where, location


def _aim(config: Config, node: Node, location: Location, where: Target) -> Config:
    if node.args == (str(where),):
        return config
    if config.times_used(node) > config.times_used(location.node):
        raise CannotEdit(f"{node.position}: {node.name} stands in a file that is included elsewhere too")
    return config.with_document(splice.replace_arguments(config.document(node), node.directive, (str(where),)))


def _users(config: Config, authority: str) -> int:
    """How many directives of the configuration pass to an upstream{}."""
    passes = {
        node.place
        for node in config.http.walk()
        if node.name.endswith("_pass") and node.args and _authority(node.args[0]) == authority.lower()
    }
    return len(passes)


def _authority(text: str) -> str:
    where = target(text)
    return (where.authority if where else text).lower()


def _with_slash(config: Config, route: Route, location: Location) -> Config:
    name = location.name + "/"
    level = location.parents[-1].locations if location.parents else locations(config.server(route.server).node)
    if any(one.name == name and one.modifier.is_prefix for one in level):
        raise CannotEdit(
            f"{location.position}: `{location.match}` cannot end with a slash: there is a `location {name}`"
        )
    arguments = (*location.node.args[:-1], location.node.args[-1] + "/")
    document = config.document(location.node)
    return config.with_document(splice.replace_arguments(document, location.node.directive, arguments))
