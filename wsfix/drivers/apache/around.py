"""The sections that a request is in: `<Location>`, then `<If>`; for files `<Directory>` ("Configuration Sections")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wsfix.drivers.apache import access, redirects
from wsfix.drivers.apache.expression import Answers
from wsfix.drivers.apache.request import Request
from wsfix.drivers.apache.rules import rules_of
from wsfix.drivers.apache.sections import Section, sections
from wsfix.drivers.apache.server import Server
from wsfix.drivers.apache.tree import Node
from wsfix.model.route import Asks, Gate

_WEIGHTY = {"redirect", "redirectmatch", "rewriterule", "require", "sethandler", "proxypass", "deny"}
"""What makes an `<If>` matter to the way of a request."""


@dataclass(frozen=True, slots=True)
class Around:
    """Sections in the order in which they are merged, and what could not be evaluated."""

    sections: tuple[Section, ...]
    uncertain: tuple[str, ...] = ()
    gates: tuple[Gate, ...] = ()
    """What ends a request in an `<If>` of which it is not known whether it holds."""


def around(server: Server, came: Request, uri: bytes) -> Around:
    """The Locations that a path lies in, then the `<If>`s that hold."""
    found: list[Section] = []
    doubts: list[str] = []
    for section in sections(server, "location"):
        takes = section.takes(uri)
        if takes is None:
            doubts.append(f"the regular expression of {section.match} at {section.position} could not be evaluated")
        found += [section] if takes else []
    inner = [node for one in found for node in one.node.children]
    conditional = _conditional(came, [*(node for level in server.levels for node in level), *inner])
    return Around((*found, *conditional.sections), (*doubts, *conditional.uncertain), conditional.gates)


def folders(server: Server, path: bytes) -> list[Section]:
    """The `<Directory>` sections around a file, the shortest first."""
    found = [one for one in sections(server, "directory") if not one.is_regex and one.takes(path)]
    return sorted(found, key=lambda one: len(one.pattern))


def _conditional(came: Request, nodes: Sequence[Node]) -> Around:
    found: list[Section] = []
    doubts: list[str] = []
    gates: list[Gate] = []
    for node in nodes:
        if node.name != "if" or not node.directive.is_block:
            continue
        verdict = Answers(came).evaluate(" ".join(node.args))
        if verdict is None and any(child.name in _WEIGHTY for child in node.walk()):
            doubts.append(f"whether {node.title} at {node.position} holds is not known")
            gates += _ending(node)
        found += [Section(node, "", is_regex=False)] if verdict else []
    return Around(tuple(found), tuple(doubts), tuple(gates))


def _ending(node: Node) -> list[Gate]:
    """What ends a request in an `<If>`: access that is not granted to all, rules that answer, redirections."""
    section = Section(node, "", is_regex=False)
    moved = redirects.in_block(node)
    rules = [(rule.status, rule.position) for rule in rules_of(node.children) if rule.status is not None]
    refused = [] if access.decide([section]).denied is False else [(access.FORBIDDEN, node.position)]
    told = [*refused, *rules, *moved]
    return [Gate(position, node.title, Asks.CLIENT, status) for status, position in told]
