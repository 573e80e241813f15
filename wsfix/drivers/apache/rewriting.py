"""Changes to rewriting: the flags of a rule, the pattern of a condition, a rule that lets a path through."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wsfix.drivers.apache import edits
from wsfix.drivers.apache.questions import all_rules, anchored_connection, entry_of
from wsfix.drivers.apache.rules import Rule, flag_words
from wsfix.drivers.apache.server import Server
from wsfix.drivers.apache.tree import Node
from wsfix.errors import CannotEdit
from wsfix.model.route import Position, Route

if TYPE_CHECKING:
    from wsfix.drivers.apache.config import Config

_BROKEN_CONDITIONS = "2.4.64"


def set_flags(config: Config, place: Position | Route, flags: Sequence[str]) -> Config:
    """Write the flags of a rule anew; in their old spelling where they are the same."""
    rule = _rule(config, place)
    node = rule.node
    held = flag_words(node.args[2]) if len(node.args) > 2 else []  # noqa: PLR2004 - the flags are the third
    if [flag.lower() for flag in held] == [flag.lower() for flag in flags]:
        return config
    return edits.replaced(config, node, (*node.args[:2], *([f"[{','.join(flags)}]"] if flags else [])))


def proxy(config: Config, route: Route) -> Config:
    """Add P to the flags of the route's rule, before those that it has."""
    rule = _rule(config, route)
    refuse_conditions(config, rule)
    if "p" in rule.flags:
        return config
    if "r" in rule.flags:
        raise CannotEdit(f"{rule.position}: {rule.match} redirects because it says so: [R]")
    held = flag_words(rule.node.args[2]) if len(rule.node.args) > 2 else []  # noqa: PLR2004 - the flags are the third
    return set_flags(config, rule.position, ["P", *held])


def unanchor_connection(config: Config, route: Route) -> Config:
    """Take `^` and `$` from the pattern of the condition on Connection, since the header is a list (RFC 9110 section 7.6.1)."""
    condition = anchored_connection(config, route)
    if condition is None:
        return config
    refuse_conditions(config, _rule(config, route))
    args = list(condition.node.args)
    args[1] = condition.pattern.removeprefix("=").removeprefix("^").removesuffix("$")
    if re.search(r"[\^$|()]", args[1]) or not args[1]:
        raise CannotEdit(f"{condition.position}: the pattern {condition.pattern} is not a plain word between ^ and $")
    return edits.replaced(config, condition.node, args)


def let_through(config: Config, server: Server, pattern: str) -> Config:
    """Put a rule before all others that leaves the paths of a pattern to ProxyPass."""
    first = first_of_rules(server)
    line = f"RewriteRule {pattern} - [L]"
    return config if first is None else edits.before(config, first, [line])


def first_of_rules(server: Server) -> Node | None:
    """The first RewriteCond or RewriteRule that stands directly in a server."""
    return next((node for node in server.nodes if node.name in {"rewritecond", "rewriterule"}), None)


def refuse_conditions(config: Config, rule: Rule | None) -> None:
    """Refuse to build on conditions with the release that evaluates them wrongly."""
    if config.version == _BROKEN_CONDITIONS and (rule is None or rule.conditions):
        raise CannotEdit("Apache 2.4.64 evaluates RewriteCond wrongly (CVE-2025-54090); upgrade to 2.4.65 first")


def _rule(config: Config, place: Position | Route) -> Rule:
    if isinstance(place, Route):
        found = entry_of(config, place)
        if isinstance(found, Rule):
            return found
        raise CannotEdit(f"{place.position}: {place.match} is not a RewriteRule")
    for server in config.servers():
        for rule in all_rules(server):
            if rule.position == place:
                return rule
    raise CannotEdit(f"{place}: no RewriteRule stands here")
