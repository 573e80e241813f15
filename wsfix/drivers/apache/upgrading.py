"""Changes that let a WebSocket through: `upgrade=websocket`, a scheme of ws://, a rule before 2.4.47; and `timeout=`.

Parameters count only where a worker is defined, so they are written there: at the route's own ProxyPass, after it was moved
before the one whose worker it would share, or else at that one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from wsfix.drivers.apache import edits, ordering, rewriting, splice
from wsfix.drivers.apache.forwarding import worded
from wsfix.drivers.apache.passes import PASSES, Pass, passes
from wsfix.drivers.apache.questions import entry_of, worker_in_force, worker_of
from wsfix.drivers.apache.rules import Rule
from wsfix.drivers.apache.target import Target, taken_apart
from wsfix.drivers.apache.targets import url_word
from wsfix.drivers.apache.workers import Worker, balancers
from wsfix.errors import CannotEdit
from wsfix.model.route import Route

if TYPE_CHECKING:
    from wsfix.drivers.apache.config import Config

_UPGRADE = ("upgrade", "websocket")
_FOR_SOCKETS = {"http": "ws", "https": "wss"}
"""The scheme for a WebSocket beside the one for plain requests."""


def forward_upgrade(config: Config, route: Route) -> Config:
    """Word the change that this version of Apache needs; nothing if only a module is missing."""
    if route.forwards_upgrade:
        return config
    entry = entry_of(config, route)
    if route.why_not.startswith("RequestHeader"):
        changed = without_taken_header(config, route)
        again = edits.ask(changed, route.server, entry.path) if isinstance(entry, Pass) and not entry.is_regex else None
        return forward_upgrade(changed, again) if again is not None and again.match == route.match else changed
    where = _target(entry)
    if isinstance(entry, Rule):
        return _through_rule(config, entry, where)
    if where.scheme not in {"http", "https", "ws", "wss", "balancer"}:
        raise CannotEdit(f"{entry.position}: {where.scheme}:// carries no WebSocket")
    if where.scheme in {"http", "https"} and not config.platform.tunnels:
        return _with_rule(config, route, entry, where)
    return _with_parameter(config, route, entry, *_UPGRADE)


def without_taken_header(config: Config, route: Route) -> Config:
    """Take away the line by which the client's header is lost; what it asks beside (`env=`, `expr=`) is not known here."""
    for node in config.tree.walk():
        if node.name == "requestheader" and route.why_not.startswith(f"{worded(node)} "):
            if any(arg.lower().startswith(("env=", "expr=")) for arg in node.args):
                raise CannotEdit(f"{node.position}: {route.why_not} under a condition")
            edits.own(config, node)
            return config.with_document(splice.delete(config.document(node), node.directive))
    raise CannotEdit(f"{route.position}: {route.why_not}")


def set_timeout(config: Config, route: Route, seconds: int) -> Config:
    """Set `timeout=` for the route's worker; ProxyTimeout in its server where no worker is defined."""
    if route.idle_seconds >= seconds:
        return config
    entry = entry_of(config, route)
    if isinstance(entry, Pass):
        return _with_parameter(config, route, entry, "timeout", str(seconds))
    worker = worker_in_force(config, route, _target(entry))
    if worker is not None and worker.owner.name in PASSES:
        return edits.replaced(config, worker.owner, _with(worker.owner.args, "timeout", str(seconds)))
    return config.set_directive(route.server, "ProxyTimeout", str(seconds))


def _with_parameter(config: Config, route: Route, entry: Pass, key: str, value: str) -> Config:
    """Take the first way after which the parameter is in force for the route's URL."""
    if entry.target.lower().startswith("balancer:"):
        return _for_members(config, route, entry, key, value)
    where = _target(entry)
    if _has(config, route, where, key, value):
        return config
    ways: list[Callable[[], Config | None]] = [
        lambda: _at_owner(config, route, entry, key, value, itself=True),
        lambda: _moved(config, route, entry, key, value),
        lambda: _at_owner(config, route, entry, key, value, itself=False),
    ]
    for way in ways:
        changed = way()
        if changed is not None and _has(changed, route, where, key, value):
            return changed
    worker = worker_in_force(config, route, where)
    if (key, value) == _UPGRADE and where.scheme in _FOR_SOCKETS:
        return _aimed_at_websocket(config, entry, where)
    defined = f"{worker.owner.title} at {worker.owner.position} defines" if worker else "nothing defines"
    raise CannotEdit(f"{entry.position}: {key}={value} cannot be set for {entry.match}: {defined} its worker")


def _at_owner(config: Config, route: Route, entry: Pass, key: str, value: str, *, itself: bool) -> Config | None:
    """The parameter at the pass that defines the worker in force, if that is the entry itself, or another."""
    worker = worker_in_force(config, route, _target(entry))
    if worker is None or worker.owner.name not in PASSES or (worker.owner is entry.node) != itself:
        return None
    return edits.replaced(config, worker.owner, _with(worker.owner.args, key, value))


def _moved(config: Config, route: Route, entry: Pass, key: str, value: str) -> Config | None:
    """The parameter at the entry, moved before the pass whose worker it would share."""
    worker = worker_of(config.server(route.server), entry.node)
    moved = _before_owner(config, route, entry, worker) if worker else None
    if moved is None:
        return None
    again = next(one for one in passes(moved.server(route.server)) if _same(one, entry))
    return edits.replaced(moved, again.node, _with(again.node.args, key, value))


def _has(config: Config, route: Route, where: Target, key: str, value: str) -> bool:
    worker = worker_in_force(config, route, where)
    return worker is not None and worker.params.get(key, "").lower() == value


def _aimed_at_websocket(config: Config, entry: Pass, where: Target) -> Config:
    """The entry aimed at ws:// or wss://, which shares no worker with http:// and forwards by default."""
    place = url_word(entry)
    aimed = str(replace(where, scheme=_FOR_SOCKETS[where.scheme]))
    return edits.replaced(config, entry.node, (*entry.node.args[:place], aimed, *entry.node.args[place + 1 :]))


def _before_owner(config: Config, route: Route, entry: Pass, worker: Worker) -> Config | None:
    """The configuration with a pass moved before the one whose worker it shares, where it then has its own and no path turns."""
    everyone = passes(config.server(route.server))
    owner = next((one for one in everyone if one.node is worker.owner), None)
    if owner is None or entry.section is not None or owner.of_main != entry.of_main or owner.target == entry.target:
        return None
    over = everyone[everyone.index(owner) : everyone.index(entry)]
    if any(one.is_regex or entry.is_regex or _lies_in(one.path, entry.path) for one in over):
        return None
    try:
        moved = ordering.move_before(config, entry.position, owner.position)
    except CannotEdit:
        return None
    server = moved.server(route.server)
    again = next(one for one in passes(server) if _same(one, entry))
    found = worker_of(server, again.node)
    return moved if found is not None and found.owner is again.node else None


def _for_members(config: Config, route: Route, entry: Pass, key: str, value: str) -> Config:
    where = taken_apart(entry.target)
    name = f"balancer://{where.authority}".lower() if where else ""
    pool = balancers(config.server(route.server)).get(name)
    if pool is None or not pool.active:
        raise CannotEdit(f"{entry.position}: {entry.target} has no member that is up")
    for position in [member.owner.position for member in pool.active]:
        node = edits.at(config, position)
        config = edits.replaced(config, node, _with(node.args, key, value))
    return config


def _through_rule(config: Config, rule: Rule, where: Target) -> Config:
    """Let a rule with [P] go to ws:// or wss://; before 2.4.47 only if it takes nothing but upgrades."""
    if where.scheme not in {"http", "https"} or "p" not in rule.flags:
        return config
    if not config.platform.tunnels and not any(one.asks_for("upgrade") for one in rule.conditions):
        raise CannotEdit(
            f"{rule.position}: {rule.match} takes plain requests too, which ws:// does not carry before 2.4.47"
        )
    aimed = replace(where, scheme=_FOR_SOCKETS[where.scheme])
    return edits.replaced(config, rule.node, (rule.node.args[0], str(aimed), *rule.node.args[2:]))


def _with_rule(config: Config, route: Route, entry: Pass, where: Target) -> Config:
    """Put a rule for upgrades, which mod_rewrite asks before ProxyPass, into the virtual host."""
    rewriting.refuse_conditions(config, None)
    server = config.server(route.server)
    if entry.is_regex or where.scheme != "http" or where.socket is not None or (entry.of_main and not server.is_main):
        raise CannotEdit(f"{entry.position}: no rule can be worded for {entry.match}")
    aimed = str(replace(where, scheme="ws"))
    prefix = re.escape(entry.path).replace(r"\-", "-")
    pattern = f"^{prefix}(.*)$" if entry.path.endswith("/") else f"^{prefix}(/.*)?$"
    lines = [] if server.is_on("rewriteengine") else ["RewriteEngine On"]
    lines += [
        "RewriteCond %{HTTP:Upgrade} =websocket [NC]",
        f"RewriteRule {pattern} {aimed}$1 [P,L]",
    ]
    first = rewriting.first_of_rules(server)
    anchor = first or (entry.section.node if entry.section else entry.node)
    return edits.before(config, anchor, lines)


def _target(entry: Pass | Rule) -> Target:
    where = taken_apart(entry.target if isinstance(entry, Pass) else entry.substitution)
    if where is None:
        raise CannotEdit(f"{entry.position}: {entry.match} goes to no URL")
    return where


def _with(args: tuple[str, ...], key: str, value: str) -> tuple[str, ...]:
    """Arguments with a parameter set: in its place if it is there, else at the end."""
    wanted = f"{key}={value}"
    if any(arg.lower().startswith(f"{key}=") for arg in args):
        return tuple(wanted if arg.lower().startswith(f"{key}=") else arg for arg in args)
    return (*args, wanted)


def _same(one: Pass, other: Pass) -> bool:
    return (one.path, one.target, one.section is None) == (other.path, other.target, other.section is None)


def _lies_in(path: str, prefix: str) -> bool:
    """Whether a prefix lies in another, so that the order of the two decides."""
    return (path.rstrip("/") + "/").startswith(prefix.rstrip("/") + "/")
