"""Changes to where an entry or a rule proxies: its address, the URI of its target, the slashes of prefix and target."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wsfix.drivers.apache import edits
from wsfix.drivers.apache.passes import Pass
from wsfix.drivers.apache.questions import entry_of
from wsfix.drivers.apache.rules import Rule
from wsfix.drivers.apache.target import Target, taken_apart
from wsfix.drivers.apache.tree import Node
from wsfix.drivers.apache.workers import balancers
from wsfix.drivers.config import by_port
from wsfix.errors import CannotEdit
from wsfix.model.route import Route

if TYPE_CHECKING:
    from wsfix.drivers.apache.config import Config


def retarget(config: Config, route: Route, host: str, port: int) -> Config:
    """Change the address in the target; of a balancer, that of its only member."""
    entry = entry_of(config, route)
    by_port(host, entry.position)
    where = _where(entry)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if where.scheme != "balancer":
        if where.socket is not None:
            raise CannotEdit(f"{entry.position}: {entry.match} goes to a unix socket")
        return _aim(config, entry, replace(where, authority=address))
    pool = balancers(config.server(route.server)).get(f"balancer://{where.authority}".lower())
    members = pool.active if pool else []
    if len(members) != 1:
        raise CannotEdit(
            f"{entry.position}: balancer://{where.authority} has {len(members)} members; which one is wrong?"
        )
    node = members[0].owner
    place = 1 if node.args[0].lower().startswith("balancer:") else 0
    member = taken_apart(node.args[place])
    if member is None or member.socket is not None:
        raise CannotEdit(f"{node.position}: {node.title} has no address")
    return _with_word(config, node, place, str(replace(member, authority=address)))


def set_upstream_scheme(config: Config, route: Route, scheme: str) -> Config:
    """Speak another protocol to the same address."""
    entry = _plain(config, route)
    return _aim(config, entry, replace(_where(entry), scheme=scheme))


def set_upstream_uri(config: Config, route: Route, uri: str | None) -> Config:
    """Write another URI behind the address; without one, the URI is the prefix, so that the path stays as it came."""
    entry = _plain(config, route)
    return _aim(config, entry, replace(_where(entry), uri=entry.path if uri is None else uri))


def align_slash(config: Config, route: Route) -> Config:
    """End the URI of the target with a slash exactly if the prefix does."""
    entry = entry_of(config, route)
    if not isinstance(entry, Pass) or entry.is_regex:
        return config
    where = _where(entry)
    ends, wanted = where.uri.endswith("/"), entry.path.endswith("/")
    if ends == wanted:
        return config
    return _aim(config, entry, replace(where, uri=where.uri + "/" if wanted else where.uri.rstrip("/")))


def url_word(entry: Pass) -> int:
    """Which argument of a pass is its target."""
    if entry.section is not None:
        return 0
    return 2 if entry.node.args[:1] == ("~",) else 1


def _plain(config: Config, route: Route) -> Pass:
    entry = entry_of(config, route)
    if not isinstance(entry, Pass) or entry.is_regex:
        raise CannotEdit(f"{entry.position}: {entry.match} is a regular expression, so its target has no plain URI")
    return entry


def _where(entry: Pass | Rule) -> Target:
    where = taken_apart(entry.target if isinstance(entry, Pass) else entry.substitution)
    if where is None:
        raise CannotEdit(f"{entry.position}: {entry.match} has no address to go to")
    if "$" in where.authority or "%{" in where.authority:
        raise CannotEdit(f"{entry.position}: the target of {entry.match} depends on variables")
    return where


def _aim(config: Config, entry: Pass | Rule, where: Target) -> Config:
    place = url_word(entry) if isinstance(entry, Pass) else 1
    return _with_word(config, entry.node, place, str(where))


def _with_word(config: Config, node: Node, place: int, word: str) -> Config:
    return edits.replaced(config, node, (*node.args[:place], word, *node.args[place + 1 :]))
