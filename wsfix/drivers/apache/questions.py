"""What faults ask of a configuration beside the route: shared workers, rules that lack [P], conditions that no browser meets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsfix.drivers.apache.passes import Pass, passes, section_passes
from wsfix.drivers.apache.rules import Condition, Rule, rules_of, server_rules
from wsfix.drivers.apache.server import Server, canonical_host
from wsfix.drivers.apache.syntax import read
from wsfix.drivers.apache.target import Target, taken_apart
from wsfix.drivers.apache.tree import Node
from wsfix.drivers.apache.workers import Worker, balancers, named, split_host, worker_for, workers
from wsfix.drivers.pcre import regex
from wsfix.drivers.text import encode
from wsfix.errors import CannotEdit, UnreadableConfig
from wsfix.model.route import Position, Route

if TYPE_CHECKING:
    from wsfix.drivers.apache.config import Config

_CHROME, _FIREFOX = b"Upgrade", b"keep-alive, Upgrade"


def entry_of(config: Config, route: Route) -> Pass | Rule:
    """The pass or the rule that a route was taken by; raises CannotEdit where there is none."""
    server = config.server(route.server)
    for entry in (*section_passes(server), *passes(server)):
        if entry.place == route.position and entry.match == route.match:
            return entry
    for rule in all_rules(server):
        if rule.position == route.position and rule.match == route.match:
            return rule
    raise CannotEdit(f"{route.position}: no ProxyPass or RewriteRule takes the path here")


def all_rules(server: Server) -> list[Rule]:
    """The rules of a server and of its sections."""
    found = [*server_rules(server).rules, *rules_of(server.nodes)]
    inner = [node for level in server.levels for node in level if node.directive.is_block]
    return found + [rule for node in inner for rule in rules_of(node.children)]


def worker_of(server: Server, node: Node) -> Worker | None:
    """The worker that a pass defines or shares."""
    for worker in workers(server):
        if worker.owner is node or any(other is node for other in worker.sharing):
            return worker
    return None


def worker_in_force(config: Config, route: Route, where: Target) -> Worker | None:
    """The worker that counts at the request: the one that the whole URL is looked up by."""
    found = route.upstream
    authority = found.address if found and found.socket is None else where.authority
    name, _ = named(f"{where.scheme}://{authority}")
    path = (route.backend_path or where.uri).removeprefix("/")
    return worker_for(f"{name}/{path}", workers(config.server(route.server)))


def shared_worker(config: Config, route: Route) -> Position | None:
    """Where the worker is defined that counts for the route's pass, if that is another directive."""
    try:
        entry = entry_of(config, route)
    except CannotEdit:
        return None
    where = taken_apart(entry.target) if isinstance(entry, Pass) else None
    worker = worker_in_force(config, route, where) if where is not None and where.scheme != "balancer" else None
    return None if worker is None or worker.owner is entry.node else worker.owner.position


def rewrite_without_proxy(config: Config, route: Route) -> Rule | None:
    """The rule of a route that redirects to ws://, wss:// or to an address of this host, without [R] being asked for."""
    if not route.redirect:
        return None
    rule = _rule_of(config, route)
    if rule is None or {"p", "r"} & rule.flags.keys():
        return None
    where = taken_apart(route.redirect)
    here = where is not None and _is_here(split_host(where.authority, where.scheme)[0])
    return rule if where is not None and (where.scheme in {"ws", "wss"} or here) else None


def anchored_connection(config: Config, route: Route) -> Condition | None:
    """The condition of the route's rule that Chrome meets and Firefox does not."""
    rule = _rule_of(config, route)
    for condition in rule.conditions if rule else ():
        asked = condition.asks_for("connection") and not condition.negated
        if asked and meets(condition, _CHROME) and not meets(condition, _FIREFOX):
            return condition
    return None


def unmet_conditions(config: Config, route: Route, path: str) -> tuple[Condition, ...]:
    """Conditions that `Upgrade: websocket` and `Connection: Upgrade` do not meet, of rules whose pattern takes a path."""
    found: list[Condition] = []
    subject = encode(path.partition("?")[0])
    server = config.server(route.server)
    for rule in server_rules(server).rules if server.is_on("rewriteengine") else ():
        pattern = rule.compiled()
        if pattern is None or not pattern.search(subject) or taken_apart(rule.substitution) is None:
            continue
        for condition in rule.conditions:
            asked = (
                b"websocket" if condition.asks_for("upgrade") else _CHROME if condition.asks_for("connection") else None
            )
            if asked is not None and not meets(condition, asked):
                found.append(condition)
    return tuple(dict.fromkeys(found))


def meets(condition: Condition, value: bytes) -> bool:
    """Whether a value of the header that a condition tests satisfies it."""
    caseless = "nc" in condition.flags
    if condition.pattern.startswith("="):
        wanted = encode(condition.pattern[1:])
        held = value.lower() == wanted.lower() if caseless else value == wanted
    else:
        pattern = regex(condition.pattern, caseless=caseless)
        held = pattern is not None and pattern.search(value) is not None
    return held != condition.negated


def reaches(server: Server, port: int) -> bool:
    """Whether a pass or a rule of a server proxies to a port of this host."""
    for url in _targets(server):
        where = taken_apart(url)
        if where is None or where.socket is not None:
            continue
        host, found = split_host(re.sub(r"\$.*", "", where.authority), where.scheme)
        if found == port and _is_here(host):
            return True
    return False


def unloaded_names(config: Config, host: str) -> tuple[tuple[str, int, str], ...]:
    """(path, line, text) of each name of a server that is that host, in files that Apache does not read."""
    found: list[tuple[str, int, str]] = []
    for path, data in sorted(config.files.items()):
        if path in config.loaded or host.encode() not in data:
            continue
        try:
            document = read(data, path)
        except UnreadableConfig:
            continue
        found += [
            (path, directive.line, " ".join((directive.words[0].value, *directive.args)))
            for directive in document.walk()
            if directive.name in {"servername", "serveralias"}
            and canonical_host(host) in {canonical_host(_named(arg)) for arg in directive.args}
        ]
    return tuple(found)


def _named(arg: str) -> str:
    head, _, port = arg.rpartition(":")
    return (head if head and port.isdigit() else arg).rpartition("://")[2]


def _targets(server: Server) -> Iterator[str]:
    for entry in (*section_passes(server), *passes(server)):
        yield entry.target
    for rule in all_rules(server):
        if "p" in rule.flags:
            yield rule.substitution
    for pool in balancers(server).values():
        yield from (member.url for member in pool.active)


def _rule_of(config: Config, route: Route) -> Rule | None:
    try:
        found = entry_of(config, route)
    except CannotEdit:
        return None
    return found if isinstance(found, Rule) else None


def _is_here(host: str) -> bool:
    return host == "localhost" or host.startswith("127.") or host == "::1"
